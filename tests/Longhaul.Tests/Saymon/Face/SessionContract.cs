using System.Security.Cryptography;
using System.Text;
using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Saymon;
using Longhaul.Saymon.Sessions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>How long a session lives, with a clock that the test moves.</summary>
public abstract class SessionContract
{
    private const string Secret = "lht_session-secret";

    private static readonly TokenRow Row = new("1", "ed", SHA256.HashData(Encoding.ASCII.GetBytes(Secret)), "saymon:edit", "default", 0, null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected abstract Task<StoreUnderTest> OpenAsync(MigrationLine line);

    [Fact]
    public async Task A_session_slides_while_it_is_used_and_ends_when_it_is_not()
    {
        await using var store = await OpenAsync(SessionStore.Line);
        var (sessions, caller, _) = Make(store);
        var used = await sessions.OpenAsync(caller, Token);
        var unused = await sessions.OpenAsync(caller, Token);

        store.Clock.Advance(TimeSpan.FromMinutes(90));
        var midway = await sessions.FindAsync(used, Token);
        store.Clock.Advance(TimeSpan.FromMinutes(31));

        Assert.Same(caller, midway);
        Assert.Same(caller, await sessions.FindAsync(used, Token));
        Assert.Null(await sessions.FindAsync(unused, Token));
        store.Clock.Advance(TimeSpan.FromMinutes(120));
        Assert.Null(await sessions.FindAsync(used, Token));
    }

    [Fact]
    public async Task A_session_holds_on_another_node_and_ends_there_too()
    {
        await using var store = await OpenAsync(SessionStore.Line);
        var (here, caller, _) = Make(store);
        var (there, _, _) = Make(store);
        var sid = await here.OpenAsync(caller, Token);

        Assert.Equal("token:ed", (await there.FindAsync(sid, Token))?.SubmitsAs);
        await there.EndAsync(sid, Token);
        Assert.Null(await here.FindAsync(sid, Token));
    }

    [Fact]
    public async Task A_session_ends_with_its_token()
    {
        await using var store = await OpenAsync(SessionStore.Line);
        var (sessions, caller, tokens) = Make(store);
        var sid = await sessions.OpenAsync(caller, Token);

        tokens.Replace([]);

        Assert.Null(await sessions.FindAsync(sid, Token));
    }

    [Fact]
    public async Task Only_a_hash_is_stored_and_what_is_over_is_removed()
    {
        await using var store = await OpenAsync(SessionStore.Line);
        var (sessions, caller, _) = Make(store);
        var sid = await sessions.OpenAsync(caller, Token);

        var stored = await store.Database.ReadAsync(
            (session, token) => session.Sql("select sid_hash from saymon_sessions").FirstAsync(r => (byte[])r[0], token), Token);
        store.Clock.Advance(TimeSpan.FromHours(2));
        await new SessionPurge(store.Database, store.Clock).StepAsync(Token);

        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(sid)), stored);
        Assert.Equal(0, await store.CountAsync("saymon_sessions"));
    }

    [Fact]
    public async Task A_caller_has_so_many_sessions_and_loses_the_oldest()
    {
        await using var store = await OpenAsync(SessionStore.Line);
        var (sessions, caller, _) = Make(store);
        var first = await sessions.OpenAsync(caller, Token);
        store.Clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 1_000; i++)
        {
            await sessions.OpenAsync(caller, Token);
        }

        Assert.Equal(1_000, await store.CountAsync("saymon_sessions"));
        Assert.Null(await sessions.FindAsync(first, Token));
    }

    private static (SaymonSessions Sessions, Caller Caller, TokenBook Tokens) Make(StoreUnderTest store)
    {
        var tokens = new TokenBook();
        tokens.Replace([Row]);
        var credentials = new Credentials(RootSecrets.Load("root-secret-0123456789-0123456789", new string('0', 64), null), tokens);
        return (new SaymonSessions(store.Database, credentials, new IdSource(), new SaymonOptions { SessionHours = 2 }, store.Clock), credentials.Find("ed", Secret)!, tokens);
    }
}

public sealed class SqliteSessionTests : SessionContract
{
    private protected override Task<StoreUnderTest> OpenAsync(MigrationLine line)
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder, null, line);
    }
}

public sealed class PostgresSessionTests : SessionContract
{
    private protected override Task<StoreUnderTest> OpenAsync(MigrationLine line) =>
        StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null, null, line);
}
