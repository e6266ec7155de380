using System.Globalization;
using System.Text.RegularExpressions;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>An answer leaves only after the disk has been told to keep what it says.</summary>
[Collection("processes")]
public sealed partial class DurabilityTests
{
    [Fact]
    public async Task Sqlite_writes_with_a_write_ahead_log_and_synchronous_full()
    {
        using var folder = new TempFolder();
        await using var database = Database.For(new SqliteTarget(folder["test.db"]));
        await database.OpenAsync([], TestContext.Current.CancellationToken);

        var (synchronous, journal) = await database.WriteAsync(
            async (session, token) => (
                await session.Sql("pragma synchronous").FirstAsync(r => r.GetInt64(0), token),
                await session.Sql("pragma journal_mode").FirstAsync(r => r.GetString(0), token)),
            WriteWeight.Small,
            TestContext.Current.CancellationToken);

        Assert.Equal((2, "wal"), (synchronous, journal));
    }

    [Fact]
    public async Task The_sync_of_the_log_completes_before_the_answer_leaves()
    {
        using var folder = new TempFolder();
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        var trace = folder["trace"];
        string operation;
        await using (var server = await LonghaulProcess.ServeUnderAsync(
            ["strace", "-f", "-y", "-ttt", "-T", "-s", "2048", "-e", "trace=fsync,fdatasync,sendmsg,sendto,write,writev", "-o", trace], place))
        {
            using var client = new ListsClient(server.NewClient(), "durable");
            var list = await client.CreateAsync("l");
            operation = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.1"]));
            await client.EndAsync(operation);
        }

        var lines = await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken);
        var answer = Array.FindIndex(lines, l => l.Contains(operation, StringComparison.Ordinal) && l.Contains("operation_id", StringComparison.Ordinal));
        Assert.True(answer > 0, "the answer is not in the trace");
        var answered = Start(lines[answer]);
        var created = Array.FindIndex(lines, l => l.Contains("num_referencing_filters", StringComparison.Ordinal));
        var syncs = lines.Where(l => LogSync().IsMatch(l)).Select(l => (Start: Start(l), End: Start(l) + Lasted(l))).ToList();

        // Between the answer that named the list and the one that named the operation, the log was synced, and the sync had returned.
        Assert.Contains(syncs, s => s.Start > Start(lines[created]) && s.End < answered);
    }

    private static double Start(string line) => double.Parse(Stamp().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);

    private static double Lasted(string line) => double.Parse(Duration().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\bf(data)?sync\(.*-wal>\)\s+= 0 <")]
    private static partial Regex LogSync();

    [GeneratedRegex(@"^\d+\s+(\d+\.\d+) ")]
    private static partial Regex Stamp();

    [GeneratedRegex(@"<(\d+\.\d+)>$")]
    private static partial Regex Duration();
}
