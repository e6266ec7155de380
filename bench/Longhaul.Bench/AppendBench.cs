using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Longhaul.Bench;

/// <summary>
/// Appends of one item by 32 clients to 32 lists, each waiting for "completed" before the next; how many syncs of the disk an operation
/// costs (counted by strace in runs of their own), and how fast it goes beside a loop that commits one row per sync.
/// </summary>
internal static class AppendBench
{
    private const int Clients = 32;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(int pairs)
    {
        List<double> rates = [], commits = [], ratios = [], syncs = [];
        for (var pair = 0; pair < pairs; pair++)
        {
            var (rate, _) = await AppendAsync(isTraced: false);
            var single = CommitOneByOne();
            var (_, perOperation) = await AppendAsync(isTraced: true);
            rates.Add(rate);
            commits.Add(single);
            ratios.Add(rate / single);
            syncs.Add(perOperation);
            Rig.Say($"append {pair}: {rate:0} operations/s, one commit per sync {single:0}/s, ratio {rate / single:0.00}, {perOperation:0.000} syncs per operation");
        }

        Rig.Say($"| appends of one item, 32 clients | {Rig.Spread(rates, "0")} /s | {Rig.Spread(commits, "0")} /s | {Rig.Spread(ratios)} | {Rig.Spread(syncs, "0.000")} syncs per operation |");
    }

    private static async Task<(double Rate, double SyncsPerOperation)> AppendAsync(bool isTraced)
    {
        var folder = Rig.NewFolder();
        var trace = Path.Combine(folder, "trace");
        try
        {
            string[] wrapper = isTraced ? ["strace", "-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", trace] : [];
            await using var rig = await Rig.StartAsync(["--data", Path.Combine(folder, "data")], wrapper);
            var lists = new List<string>();
            for (var i = 0; i < Clients; i++)
            {
                lists.Add(await rig.CreateListAsync($"list{i}"));
            }

            await Task.WhenAll(lists.Select(l => AppendForAsync(rig, l, TimeSpan.FromSeconds(5), 0)));
            var before = isTraced ? CountSyncs(trace) : 0;
            var watch = Stopwatch.StartNew();
            var counts = await Task.WhenAll(lists.Select(l => AppendForAsync(rig, l, Duration, 1 << 20)));
            var seconds = watch.Elapsed.TotalSeconds;
            var after = isTraced ? CountSyncs(trace) : 0;
            return (counts.Sum() / seconds, (double)(after - before) / counts.Sum());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> AppendForAsync(Rig rig, string list, TimeSpan duration, int from)
    {
        var count = 0;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < duration; count++)
        {
            using var answer = await rig.SendAsync(
                HttpMethod.Post, $"/client/v4/accounts/bench/rules/lists/{list}/items", $$"""[{"ip":"{{Sample.Text(0x0A00_0000u + (uint)(from + count))}}"}]""", "wait=30");
        }

        return count;
    }

    private static int CountSyncs(string trace) => File.ReadLines(trace).Count(l => l.Contains("sync(", StringComparison.Ordinal));

    private static double CommitOneByOne()
    {
        var folder = Rig.NewFolder();
        try
        {
            using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "yardstick.db")};Pooling=False");
            connection.Open();
            Execute(connection, "pragma journal_mode = wal; pragma synchronous = full; create table t (id integer primary key, payload text)");
            using var insert = connection.CreateCommand();
            insert.CommandText = "insert into t (payload) values ('{\"ip\":\"10.0.0.1\"}')";
            var count = 0;
            var watch = Stopwatch.StartNew();
            for (; watch.Elapsed < Duration; count++)
            {
                insert.ExecuteNonQuery();
            }

            return count / watch.Elapsed.TotalSeconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
