using System.Net;
using System.Text;
using Longhaul.Tests.Support;
using Npgsql;

namespace Longhaul.Tests.EndToEnd;

/// <summary>The command <c>token</c> as an operator gives it: before a server, beside one, and wrongly.</summary>
[Collection("processes")]
public sealed class TokenCommandTests
{
    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task A_token_made_before_the_first_start_holds_from_the_start_on(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        var secret = await Tokens.CreateAsync(place, "early", ["lists:edit"], "acme");
        await using var server = await LonghaulProcess.ServeAsync(place);

        using var client = new ListsClient(server.NewClient(secret), "acme");

        await client.CreateAsync("made_by_a_token");
    }

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task O61_create_and_revoke_beside_a_running_server_hold_within_five_seconds(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Operations__EnableNoop", "true"));
        using var root = new ListsClient(server.NewClient(), "acme");
        var running = await root.SendAsync(
            HttpMethod.Post, "/v1/operations", """{"kind":"noop","account":"acme","params":{"count":2000,"itemMs":100}}""");

        var first = await Tokens.CreateAsync(place, "first", ["lists:edit"], "acme");
        await Tokens.HoldsAsync(server, first, HttpStatusCode.OK);
        var second = await Tokens.CreateAsync(place, "second", ["lists:read"], "acme");
        await Tokens.HoldsAsync(server, second, HttpStatusCode.OK);
        var (code, _, errors) = await Tokens.RunAsync(place, "revoke", "first");
        await Tokens.HoldsAsync(server, first, HttpStatusCode.Unauthorized);
        var face = await server.SendAsync(HttpMethod.Get, root.Lists, null, ("Authorization", $"Bearer {first}"));

        Assert.True(code == 0, errors);
        Assert.Equal((HttpStatusCode.Forbidden, 10000), (face.Status, face.Code));
        await Tokens.HoldsAsync(server, second, HttpStatusCode.OK);

        // The command has left the node and its work alone.
        var still = await root.SendAsync(HttpMethod.Get, $"/v1/operations/{running.Body.GetProperty("id").GetString()}");
        Assert.Equal("running", still.Body.GetProperty("state").GetString());
        Assert.DoesNotContain("declared dead", server.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task A_list_names_every_token_and_no_secret(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        var named = await Tokens.CreateAsync(place, "ci", ["lists:edit", "operations:read"], "acme", "beta");
        var (_, unnamed, _) = await Tokens.RunAsync(place, "create", "--permission", "admin");
        await Tokens.RunAsync(place, "revoke", "ci");

        var (code, output, errors) = await Tokens.RunAsync(place, "list");

        Assert.True(code == 0, errors);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Equal(("ci", "operations:read,lists:edit", "acme,beta"), (lines[0][1], lines[0][2], lines[0][3]));
        Assert.NotEmpty(lines[0][5]);
        Assert.Equal((lines[1][0], "admin", "*", ""), (lines[1][1], lines[1][2], lines[1][3], lines[1][5]));
        Assert.DoesNotContain(named, output, StringComparison.Ordinal);
        Assert.DoesNotContain(unnamed.Trim(), output, StringComparison.Ordinal);

        var (again, _, byId) = await Tokens.RunAsync(place, "revoke", lines[1][0]);
        Assert.True(again == 0, byId);
    }

    [Theory]
    [InlineData("Unknown permission 'lists:write'", "create", "--account", "acme", "--permission", "lists:write")]
    [InlineData("needs a permission", "create", "--account", "acme")]
    [InlineData("needs an account", "create", "--permission", "lists:read")]
    [InlineData("'a b' is no account", "create", "--account", "a b", "--permission", "lists:read")]
    [InlineData("'' is no account", "create", "--account", "", "--permission", "lists:read")]
    [InlineData("'root' is no name", "create", "--account", "acme", "--permission", "lists:read", "--name", "root")]
    [InlineData("'x@y' is no name", "create", "--account", "acme", "--permission", "lists:read", "--name", "x@y")]
    [InlineData("The name 'taken' is taken", "create", "--account", "acme", "--permission", "lists:read", "--name", "taken")]
    [InlineData("There is no token 'nobody'", "revoke", "nobody")]
    public async Task A_wrong_order_is_refused_with_a_way_out(string sentence, params string[] arguments)
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await Tokens.CreateAsync(place, "taken", ["lists:read"], "acme");

        var (code, output, errors) = await Tokens.RunAsync(place, arguments);
        var (_, list, _) = await Tokens.RunAsync(place, "list");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.Matches("--|longhaul token", errors);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Single(list.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("revoke", "x")]
    public async Task A_missing_database_is_named_and_not_made(params string[] arguments)
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        string[] nowhere = ["--database", "Host=127.0.0.1;Port=1;Username=x;Database=x"];

        var file = await Tokens.RunAsync(place, arguments);
        var server = await LonghaulProcess.RunAsync(["token", .. arguments, .. nowhere]);

        Assert.Equal((1, 1), (file.Code, server.Code));
        Assert.Contains("There is no database in", file.Errors, StringComparison.Ordinal);
        Assert.Contains("--database", server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", file.Errors + server.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place.Folder));
    }

    [Fact]
    public async Task O61_neither_the_data_folder_nor_the_log_holds_a_token_in_clear()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(
            place,
            ("LONGHAUL_Logging__LogLevel__Default", "Trace"),
            ("LONGHAUL_Logging__LogLevel__Microsoft", "Trace"),
            ("LONGHAUL_Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics", "Trace"));
        var secret = await Tokens.CreateAsync(place, "hidden", ["lists:edit"], "acme");
        await Tokens.HoldsAsync(server, secret, HttpStatusCode.OK);
        using var client = new ListsClient(server.NewClient(secret), "acme");
        await client.CreateAsync("a_list");
        using (var browser = new HttpClient { BaseAddress = server.Address })
        {
            (await browser.GetAsync($"/v1/events?access_token={secret}", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken)).Dispose();
        }

        var files = Directory.GetFiles(place.Folder, "longhaul.db*");
        Assert.Contains(files, f => f.EndsWith("-wal", StringComparison.Ordinal));
        Assert.Contains(files, f => Read(f).IndexOf("hidden"u8) >= 0);
        Assert.All(files, f => Assert.True(Read(f).IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, f));
        Assert.DoesNotContain(secret, server.Errors, StringComparison.Ordinal);
        server.Terminate();
        await server.WaitForExitAsync();
        Assert.All(Directory.GetFiles(place.Folder), f => Assert.True(Read(f).IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, f));
        Assert.DoesNotContain(secret, server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beside_a_busy_server_the_command_waits_its_turn_and_nobody_is_refused()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Operations__EnableNoop", "true"));
        using var done = new CancellationTokenSource();
        var submitters = Enumerable.Range(0, 8).Select(i => SubmitUntilAsync(server, $"a{i}", done.Token)).ToList();

        var secret = await Tokens.CreateAsync(place, "patient", ["lists:read"], "acme");
        await done.CancelAsync();
        var statuses = await Task.WhenAll(submitters);

        Assert.Equal([HttpStatusCode.Accepted], statuses.SelectMany(s => s).Distinct());
        Assert.All(statuses, s => Assert.NotEmpty(s));
        await Tokens.HoldsAsync(server, secret, HttpStatusCode.OK);
    }

    [Fact]
    public async Task O61_a_shared_database_wants_its_secret_key_from_outside()
    {
        var (code, _, errors) = await LonghaulProcess.RunAsync(
            ["serve", "--database", "Host=127.0.0.1;Port=1;Username=x;Database=x"], ("LONGHAUL_SECRET_KEY", ""));

        Assert.Equal(1, code);
        Assert.Contains("LONGHAUL_SECRET_KEY", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(null, "too short")]
    public async Task O61_there_is_no_start_without_a_root_credential(string? file, string sentence)
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        Directory.CreateDirectory(place.Folder);
        if (file is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(place.Folder, "root.token"), file, TestContext.Current.CancellationToken);
        }

        var (code, output, errors) = await LonghaulProcess.RunAsync(
            ["serve", "--urls", "http://127.0.0.1:0", .. place.Arguments], ("LONGHAUL_TOKEN", file is null ? "short" : ""));

        Assert.Equal((1, ""), (code, output));
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task O61_a_shared_database_holds_the_hash_only()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Postgres);
        var secret = await Tokens.CreateAsync(place, "hidden", ["lists:edit"], "acme");
        await using var postgres = new NpgsqlConnection(place.Database + ";Pooling=false");
        await postgres.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select t::text, encode(hash, 'hex') from tokens t", postgres);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        Assert.True(await rows.ReadAsync(TestContext.Current.CancellationToken));
        Assert.DoesNotContain(secret, rows.GetString(0), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(secret)), rows.GetString(0), StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(secret))), rows.GetString(1));
    }

    private static async Task<HashSet<HttpStatusCode>> SubmitUntilAsync(LonghaulProcess server, string account, CancellationToken done)
    {
        using var client = new ListsClient(server.NewClient(), account);
        var statuses = new HashSet<HttpStatusCode>();
        do
        {
            var answer = await client.SendAsync(
                HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{account}}","params":{"count":20000} }""");
            statuses.Add(answer.Status);
        }
        while (!done.IsCancellationRequested);
        return statuses;
    }

    private static ReadOnlySpan<byte> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
