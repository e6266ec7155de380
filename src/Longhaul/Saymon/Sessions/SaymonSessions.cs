using System.Security.Cryptography;
using System.Text;
using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;

namespace Longhaul.Saymon.Sessions;

/// <summary>
/// Who is logged in by cookie. Sessions stand in the database, so they hold on every node and over a restart; they end when they are ended,
/// when nobody uses them for <c>Saymon:SessionHours</c>, and with the credential that they were opened by.
/// </summary>
internal sealed class SaymonSessions(Database database, Credentials credentials, IdSource ids, SaymonOptions options, TimeProvider clock)
{
    private const int MaxPerCaller = 1_000;
    private const int SidLength = 36;

    // Not every request writes: a session lives at least so much less than it might.
    private static readonly TimeSpan SlideEvery = TimeSpan.FromMinutes(1);

    private TimeSpan Life => TimeSpan.FromHours(options.SessionHours);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Opens a session. Completes with its id when it is durable; the id is known here and nowhere else.</summary>
    public async Task<string> OpenAsync(Caller caller, CancellationToken cancellationToken)
    {
        var sid = ids.NewV4().ToString("D");
        var row = new SessionRow(caller.SubmitsAs, credentials.ProofOf(caller), ExpiryFrom(Now));
        return await database.WriteAsync(
            async (session, token) =>
            {
                await SessionStore.AddAsync(session, Hash(sid), row, MaxPerCaller, token);
                return sid;
            },
            WriteWeight.Small,
            cancellationToken);
    }

    /// <summary>Whose session it is, or null when it is nobody's any more.</summary>
    public async ValueTask<Caller?> FindAsync(string sid, CancellationToken cancellationToken)
    {
        if (sid.Length != SidLength)
        {
            return null;
        }

        var (hash, now) = (Hash(sid), Now);
        var row = await database.ReadOneAsync((session, token) => SessionStore.FindAsync(session, hash, token), cancellationToken);
        if (row is null || row.ExpiresAt <= now || credentials.FindAgain(row.Principal, row.Proof) is not { } caller)
        {
            return null;
        }

        if (ExpiryFrom(now) - row.ExpiresAt >= (long)SlideEvery.TotalMilliseconds)
        {
            await SlideAsync(hash, ExpiryFrom(now), cancellationToken);
        }

        return caller;
    }

    /// <summary>Ends a session, on every node at once.</summary>
    public Task EndAsync(string sid, CancellationToken cancellationToken) => sid.Length != SidLength
        ? Task.CompletedTask
        : database.WriteAsync((session, token) => SessionStore.RemoveAsync(session, Hash(sid), token), WriteWeight.Small, cancellationToken);

    private async Task SlideAsync(byte[] hash, long expiresAt, CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync((session, token) => SessionStore.SlideAsync(session, hash, expiresAt, token), WriteWeight.Small, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // A store that cannot be written must not keep anybody from reading; the next request slides it.
        }
    }

    private long ExpiryFrom(long now) => now + (long)Life.TotalMilliseconds;

    private static byte[] Hash(string sid) => SHA256.HashData(Encoding.UTF8.GetBytes(sid));
}
