using System.Diagnostics;
using System.Text;
using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Saymon;
using Longhaul.Saymon.Objects;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Longhaul.Bench;

/// <summary>
/// A bulk that gives 100,000 objects a property more, from its submit to its end, beside one UPDATE that makes the same change in the same
/// database; each run on tables just filled, the first pair not counted: a server that has run for a while is measured, as its database is.
/// Behind it, polls of the status of bulks beside a bare minimal API that answers the same bytes. BENCH_POSTGRES is the connection string of an empty database; without it only SQLite is measured.
/// </summary>
internal static class BulkBench
{
    private const int Objects = 100_000;
    private const int PolledBulks = 1_000;

    private static readonly byte[] Body = """
        {"search":{"name":{"$regex":"^CPU","$options":"i"}},"bulk":[{"properties.createOrModify":{"name":"New Property","value":"value","type_id":1}}]}
        """u8.ToArray();

    public static async Task RunAsync(int pairs)
    {
        await RunAsync(pairs, "SQLite", "bulk-sqlite.sql", () => new SqliteTarget(Path.Combine(Rig.NewFolder(), "longhaul.db")));
        if (Environment.GetEnvironmentVariable("BENCH_POSTGRES") is { Length: > 0 } postgres)
        {
            await RunAsync(pairs, "PostgreSQL", "bulk-postgres.sql", () => new PostgresTarget(postgres));
        }

        await PollAsync(pairs);
    }

    private static async Task PollAsync(int pairs)
    {
        var folder = Rig.NewFolder();
        await using var rig = await Rig.StartAsync(Path.Combine(folder, "data"));
        using var made = await rig.SendAsync(HttpMethod.Post, "/node/api/objects", """{"name":"CPU"}""", null);
        var ids = new List<string>();
        for (var i = 0; i < PolledBulks; i++)
        {
            using var answer = await rig.SendAsync(HttpMethod.Post, "/node/api/bulk/objects", """{"search":{"name":"CPU"},"bulk":[{"modify":{"weight":1} }]}""", null);
            ids.Add(answer.RootElement.GetProperty("bulkId").GetString()!);
        }

        var paths = Path.Combine(folder, "paths");
        await File.WriteAllLinesAsync(paths, ids.Select(i => $"/node/api/bulk/{i}/status"));
        var sample = Path.Combine(folder, "body");
        await File.WriteAllTextAsync(sample, await rig.Client.GetStringAsync($"/node/api/bulk/{ids[0]}/status"));
        await PollBench.PairsAsync($"polls of the status of {PolledBulks} bulks", rig.Address, paths, sample, pairs);
    }

    private static async Task RunAsync(int pairs, string name, string yardstick, Func<DatabaseTarget> target)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Rig.Root, "bench/yardsticks", yardstick));
        await BulkAsync(target());
        await UpdateAsync(target(), text);
        List<double> ours = [], theirs = [], ratios = [];
        for (var pair = 0; pair < pairs; pair++)
        {
            // In turn: whatever drifts on the machine falls on both.
            var isFirst = pair % 2 == 0;
            var first = isFirst ? await BulkAsync(target()) : await UpdateAsync(target(), text);
            var second = isFirst ? await UpdateAsync(target(), text) : await BulkAsync(target());
            ours.Add(isFirst ? first : second);
            theirs.Add(isFirst ? second : first);
            ratios.Add(ours[^1] / theirs[^1]);
            Rig.Say($"bulk {name} {pair}: {ours[^1]:0.00} s, UPDATE {theirs[^1]:0.00} s, ratio {ratios[^1]:0.00}");
        }

        Rig.Say($"| bulk of 100,000 objects, {name} | {Rig.Spread(ours)} s | {Rig.Spread(theirs)} s | {Rig.Spread(ratios)} |");
    }

    private static async Task<double> BulkAsync(DatabaseTarget target)
    {
        using var host = await StartAsync(target);
        var bulks = host.Services.GetRequiredService<ISaymonBulks>();
        var caller = new SaymonCaller("default", "root", true);
        var (watch, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        if ((await bulks.SubmitAsync(caller, Body, null, CancellationToken.None)).IsFault(out var fault, out var submitted))
        {
            throw new InvalidOperationException(fault.Message);
        }

        var accepted = watch.Elapsed.TotalSeconds;
        if ((await bulks.FindAsync(caller, submitted.Operation!.Id.Value, TimeSpan.FromMinutes(5), CancellationToken.None)).IsFault(out fault, out var operation))
        {
            throw new InvalidOperationException(fault.Message);
        }

        var seconds = watch.Elapsed.TotalSeconds;
        Rig.Say($"  accepted after {accepted:0.00} s, processor {(Environment.CpuUsage.TotalTime - processor).TotalSeconds:0.00} s: {operation.Response}");
        await host.StopAsync();
        return operation.Tallies["modified"] == Objects ? seconds : throw new InvalidOperationException(operation.Response);
    }

    private static async Task<double> UpdateAsync(DatabaseTarget target, string text)
    {
        using var host = await StartAsync(target);
        var database = host.Services.GetRequiredService<Database>();
        var watch = Stopwatch.StartNew();
        var changed = await database.WriteAsync((session, token) => session.Sql(text).ExecuteAsync(token), WriteWeight.Bulk, CancellationToken.None);
        var seconds = watch.Elapsed.TotalSeconds;
        await host.StopAsync();
        return changed == Objects ? seconds : throw new InvalidOperationException("the UPDATE has not changed every object");
    }

    private static async Task<IHost> StartAsync(DatabaseTarget target)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging();
        builder.Services.AddMetrics();
        builder.Services.AddLonghaulEngine(target);
        builder.Services.AddSaymonStorage();
        var host = builder.Build();
        await host.StartAsync();
        await FillAsync(host.Services.GetRequiredService<Database>(), host.Services.GetRequiredService<ObjectIds>());
        return host;
    }

    private static async Task FillAsync(Database database, ObjectIds ids)
    {
        await database.WriteAsync(
            async (session, token) =>
            {
                foreach (var table in (string[])["saymon_objects", "saymon_terms", "saymon_parents"])
                {
                    await session.Sql($"{(database.IsShared ? "truncate" : "delete from")} {table}").ExecuteAsync(token);
                }

                return true;
            },
            WriteWeight.Bulk,
            CancellationToken.None);
        var group = ids.Next();
        foreach (var page in Enumerable.Range(0, Objects).Chunk(2_000))
        {
            var rows = page.Select(i => new ObjectRow(ids.Next(), 1, 1_795_000_000_000, 1_795_000_000_000, Document(i, group, ids))).ToList();
            await database.WriteAsync(
                async (session, token) =>
                {
                    await SaymonStore.InsertAsync(session, "default", 0, rows, token);
                    return true;
                },
                WriteWeight.Bulk,
                CancellationToken.None);
        }
    }

    // About as much as a monitored object has: three properties, a tag, a position.
    private static byte[] Document(int i, string group, ObjectIds ids) => Encoding.UTF8.GetBytes(
        $$"""
        {"name":"CPU {{i}}","class_id":{{i % 30}},"parent_id":["{{group}}"],"properties":[{"id":"{{ids.Next()}}","name":"AgentId","value":"{{ids.Next()}}","type_id":8},{"id":"{{ids.Next()}}","name":"TaskPeriodValue","value":"60","type_id":8},{"id":"{{ids.Next()}}","name":"Location","value":"Rack {{i % 100}}","type_id":1}],"operations":[],"state_id":{{i % 7}},"last_state_update":1795000000000,"tags":["production"],"geoposition":[30.31,59.93]}
        """);
}
