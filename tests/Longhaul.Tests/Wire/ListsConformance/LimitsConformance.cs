using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.ListsConformance;

/// <summary>Limits set small, each on a server of its own: L-29, L-30, L-54, and the part of L-62 that waits for a revision to go.</summary>
[Collection("servers")]
public sealed class LimitsConformance
{
    public static TheoryData<DatabaseUnderTest> Databases { get; } = [DatabaseUnderTest.Sqlite, DatabaseUnderTest.Postgres];

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task L29_a_request_that_is_too_large_is_refused_with_its_limit(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Lists__MaxBodyBytes", "100000"), ("LONGHAUL_Lists__MaxItemsPerRequest", "1000"), ("LONGHAUL_Lists__MaxListsPerAccount", "2"));
        using var client = new ListsClient(server.NewClient(), "acme");
        var list = await client.CreateAsync("l");
        var other = await client.CreateAsync("asn", "asn");

        var items = await client.ReplaceAsync(list, Addresses.Range(0, 1_001));
        var bytes = await client.WriteAsync("POST", list, "[" + new string(' ', 100_000) + "]");
        var asn = await client.AppendAsync(other, ListsOfKinds.Items("asn", 0, 1_001));
        var lists = await client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"third","kind":"ip"}""");

        foreach (var answer in (WireAnswer[])[items, bytes, asn])
        {
            Assert.True((answer.Status, answer.Code) == (HttpStatusCode.RequestEntityTooLarge, 19030), answer.Text);
            Assert.StartsWith("request too large: limit ", answer.Message, StringComparison.Ordinal);
        }

        Assert.Equal((400, 19014, "filters.api.maximum_number_of_lists: limit 2"), ((int)lists.Status, lists.Code, lists.Message));
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, 1_000)));
        Assert.Equal(1_000, await client.NumItemsAsync(list));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task L29_more_writes_than_may_wait_are_refused_and_the_others_complete(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Lists__MaxPendingPerList", "3"));
        using var client = new ListsClient(server.NewClient(), "acme");
        var (list, free) = (await client.CreateAsync("l"), await client.CreateAsync("free"));
        var accepted = new List<string> { ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(0, 100_000))) };
        WireAnswer? refused = null;
        for (var i = 0; i < 50 && refused is null; i++)
        {
            var answer = await client.AppendAsync(list, [Addresses.At(200_000 + i)]);
            if (answer.Status == HttpStatusCode.OK)
            {
                accepted.Add(ListsClient.OperationId(answer));
            }
            else
            {
                refused = answer;
            }
        }

        AssertTooMany(refused);
        Assert.InRange(accepted.Count, 3, 5);
        await client.CompletedAsync(await client.AppendAsync(free, [Addresses.At(1)]));
        foreach (var write in accepted)
        {
            Assert.Equal("completed", (await client.EndAsync(write)).GetProperty("status").GetString());
        }

        Assert.Equal(100_000 + accepted.Count - 1, await client.NumItemsAsync(list));
        await client.CompletedAsync(await client.AppendAsync(list, [Addresses.At(300_000)]));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task L29_an_account_has_only_so_many_bytes_waiting(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Engine__MaxPendingBytesPerAccount", "1048576"));
        using var client = new ListsClient(server.NewClient(), "acme");
        using var other = new ListsClient(server.NewClient(), "other");
        var lists = new List<string>();
        for (var i = 0; i < 24; i++)
        {
            lists.Add(await client.CreateAsync($"l{i.ToString(CultureInfo.InvariantCulture)}"));
        }

        string[] items = [.. Enumerable.Range(0, 5_000).Select(n => ListsOfKinds.Item("ip", n, Convert.ToHexString(RandomNumberGenerator.GetBytes(50))))];
        var answers = await Task.WhenAll(lists.Select(l => client.ReplaceAsync(l, items)));
        var elsewhere = await other.AppendAsync(await other.CreateAsync("l"), [Addresses.At(1)]);

        AssertTooMany(answers.FirstOrDefault(a => a.Status != HttpStatusCode.OK));
        await other.CompletedAsync(elsewhere);
        Assert.Contains(answers, a => a.Status == HttpStatusCode.OK);
        foreach (var (answer, list) in answers.Zip(lists))
        {
            if (answer.Status == HttpStatusCode.OK)
            {
                await client.CompletedAsync(answer);
            }
            else
            {
                AssertTooMany(answer);
            }

            Assert.Equal(answer.Status == HttpStatusCode.OK ? 5_000 : 0, await client.NumItemsAsync(list));
        }
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task L29_more_bodies_at_once_than_the_process_holds_are_told_to_come_again(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Lists__MaxBodyBytes", "4194304"), ("LONGHAUL_Engine__MaxIngestBytes", "16777216"));
        using var client = new ListsClient(server.NewClient(), "acme");
        var list = await client.CreateAsync("l");
        var body = Encoding.UTF8.GetBytes($"[{string.Join(',', ListsOfKinds.Items("ip", 0, 1_000))}{new string(' ', 4_000_000)}]");
        var held = new List<HeldRequest>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                held.Add(await HeldRequest.StartAsync(server.Address, $"{client.Lists}/{list}/items", body));
            }

            var first = await await Task.WhenAny(held.Select(h => h.Answer));
            Assert.StartsWith("HTTP/1.1 503", first, StringComparison.Ordinal);
            Assert.Contains("\"code\":19503", first, StringComparison.Ordinal);
            Assert.Contains("\r\nRetry-After: 2\r\n", first, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Get, client.Lists)).Status);
        }
        finally
        {
            foreach (var request in held)
            {
                await request.FinishAsync();
            }
        }

        var answers = await Task.WhenAll(held.Select(h => h.Answer));
        held.ForEach(h => h.Dispose());
        var accepted = answers.Where(a => a.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(accepted);
        Assert.All(answers.Except(accepted), a => Assert.StartsWith("HTTP/1.1 503", a, StringComparison.Ordinal));
        foreach (var answer in accepted)
        {
            var at = answer.IndexOf("\"operation_id\":\"", StringComparison.Ordinal) + "\"operation_id\":\"".Length;
            Assert.Equal("completed", (await client.EndAsync(answer[at..(at + 32)])).GetProperty("status").GetString());
        }

        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, 1_000)));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task L30_over_its_capacity_a_write_fails_whole(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Lists__MaxItemsPerList", "100"), ("LONGHAUL_Lists__MaxItemsPerAccount", "150"));
        using var client = new ListsClient(server.NewClient(), "acme");
        foreach (var kind in ListsOfKinds.All)
        {
            var list = await client.CreateAsync($"l_{kind}", kind);
            await client.CompletedAsync(await client.ReplaceAsync(list, ListsOfKinds.Items(kind, 0, 90)));
            var before = await client.ReadAllAsync(list);

            var put = await client.EndAsync(ListsClient.OperationId(await client.ReplaceAsync(list, ListsOfKinds.Items(kind, 50, 101))));
            var post = await client.EndAsync(ListsClient.OperationId(await client.AppendAsync(list, ListsOfKinds.Items(kind, 80, 21))));
            Assert.Equal(("failed", "This list is at the maximum number of items (limit 100, now 90, would be 101)"), (put.GetProperty("status").GetString(), put.GetProperty("error").GetString()));
            Assert.Equal(("failed", "This list is at the maximum number of items (limit 100, now 90, would be 101)"), (post.GetProperty("status").GetString(), post.GetProperty("error").GetString()));
            Assert.Equal(before.Select(i => i.GetRawText()), (await client.ReadAllAsync(list)).Select(i => i.GetRawText()));
            Assert.Equal(90, await client.NumItemsAsync(list));

            await client.CompletedAsync(await client.AppendAsync(list, ListsOfKinds.Items(kind, 80, 20)));
            Assert.Equal(100, await client.NumItemsAsync(list));
            var second = await client.CreateAsync($"m_{kind}", kind);
            var account = await client.EndAsync(ListsClient.OperationId(await client.AppendAsync(second, ListsOfKinds.Items(kind, 0, 51))));
            Assert.Equal("failed", account.GetProperty("status").GetString());
            Assert.StartsWith("This list is at the maximum number of items", account.GetProperty("error").GetString(), StringComparison.Ordinal);
            await client.CompletedAsync(await client.AppendAsync(second, ListsOfKinds.Items(kind, 0, 50)));
            await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}");
            await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{second}");
        }
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task L54_with_reject_an_account_has_one_unfinished_write(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Lists__Concurrency", "reject"));
        using var client = new ListsClient(server.NewClient(), "acme");
        using var other = new ListsClient(server.NewClient(), "other");
        var (list, second) = (await client.CreateAsync("l"), await client.CreateAsync("second", "asn"));
        var first = ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(0, 100_000)));

        foreach (var refused in (WireAnswer[])[await client.AppendAsync(list, [Addresses.At(1)]), await client.AppendAsync(second, ["""{"asn":5}"""]), await client.DeleteAsync(second, ["x"])])
        {
            AssertTooMany(refused);
            Assert.Equal($"filters.api.pending_bulk_operation: {first} is in progress", refused.Message);
            Assert.False(refused.Response.Headers.Contains("x-should-retry"));
        }

        await other.CompletedAsync(await other.AppendAsync(await other.CreateAsync("l"), [Addresses.At(1)]));
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Put, $"{client.Lists}/{second}", """{"description":"x"}""")).Status);
        await client.CreateAsync("third");
        Assert.Equal("completed", (await client.EndAsync(first)).GetProperty("status").GetString());
        await client.CompletedAsync(await client.AppendAsync(second, ["""{"asn":5}"""]));
        Assert.Equal((100_000, 1), (await client.NumItemsAsync(list), await client.NumItemsAsync(second)));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task L62_a_cursor_of_a_replaced_revision_comes_to_its_end_and_one_of_the_current_never(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        (string, string)[] options = [("LONGHAUL_Lists__RevisionHoldSeconds", "1"), ("LONGHAUL_Engine__UpkeepSeconds", "1")];
        string list, old, current;
        await using (var server = await LonghaulProcess.ServeAsync(place, options))
        {
            using var client = new ListsClient(server.NewClient(), "acme");
            list = await client.CreateAsync("l", "redirect");
            await client.CompletedAsync(await client.ReplaceAsync(list, ListsOfKinds.Items("redirect", 0, 60)));
            old = ListsClient.After(await client.PageAsync(list, "per_page=50"))!;
            Assert.Equal(10, (await client.PageAsync(list, $"per_page=50&cursor={old}")).Result.GetArrayLength());
            await client.CompletedAsync(await client.ReplaceAsync(list, ListsOfKinds.Items("redirect", 20, 60)));
            current = ListsClient.After(await client.PageAsync(list, "per_page=50"))!;
            server.Kill();
            await server.WaitForExitAsync();
        }

        await using var again = await LonghaulProcess.ServeAsync(place, options);
        using var reader = new ListsClient(again.NewClient(), "acme");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        WireAnswer answer;
        do
        {
            Assert.Equal(10, (await reader.PageAsync(list, $"per_page=50&cursor={current}")).Result.GetArrayLength());
            answer = await reader.PageAsync(list, $"per_page=50&cursor={old}");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
        while (answer.Status == HttpStatusCode.OK);

        Assert.Equal((400, 10027), ((int)answer.Status, answer.Code));
        Assert.StartsWith("invalid or expired cursor", answer.Message, StringComparison.Ordinal);
        Assert.Equal(10, (await reader.PageAsync(list, $"per_page=50&cursor={current}")).Result.GetArrayLength());
    }

    private static void AssertTooMany(WireAnswer? answer)
    {
        Assert.NotNull(answer);
        Assert.True((answer.Status, answer.Code) == (HttpStatusCode.TooManyRequests, 19020), answer.Text);
        Assert.StartsWith("filters.api.pending_bulk_operation: ", answer.Message, StringComparison.Ordinal);
        Assert.Equal("1", answer.Response.Headers.GetValues("Retry-After").Single());
    }

    /// <summary>A request of which the last byte is kept back.</summary>
    private sealed class HeldRequest : IDisposable
    {
        private readonly TcpClient _tcp = new();
        private byte _last;
        private Task _sending = Task.CompletedTask;

        public Task<string> Answer { get; private set; } = Task.FromResult("");

        public static async Task<HeldRequest> StartAsync(Uri server, string path, byte[] body)
        {
            var request = new HeldRequest { _last = body[^1] };
            await request._tcp.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
            var head = $"PUT {path} HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Bearer {LonghaulProcess.Token}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
            request.Answer = request.ReadAsync();
            request._sending = request.SendAsync([.. Encoding.ASCII.GetBytes(head), .. body.AsSpan(..^1)]);
            return request;
        }

        public async Task FinishAsync()
        {
            await _sending;
            await SendAsync([_last]);
        }

        public void Dispose() => _tcp.Dispose();

        private async Task SendAsync(byte[] bytes)
        {
            try
            {
                await _tcp.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);
            }
            catch (Exception exception) when (exception is IOException or InvalidOperationException)
            {
                // Refused before it was all sent: the answer says why.
            }
        }

        private async Task<string> ReadAsync()
        {
            var text = new StringBuilder();
            var buffer = new byte[16_384];
            try
            {
                int read;
                while ((read = await _tcp.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
                {
                    text.Append(Encoding.UTF8.GetString(buffer, 0, read));
                }
            }
            catch (IOException) when (text.Length > 0)
            {
                // The server closed while bytes were still on their way to it: what it said had arrived.
            }

            return text.ToString();
        }
    }
}
