using System.Text.Json;
using Longhaul.Engine.Storage;
using Longhaul.Saymon;
using Longhaul.Saymon.Searching;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon;

/// <summary>How the databases find what they are asked for; above all while their statistics know nothing of many new rows.</summary>
public sealed class PlanTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// An object alone, then statistics, then many objects below it: what the database knows is that an account has one object. With it, the
    /// obvious statements read every object for each page of ids, some of them for each id.
    /// </summary>
    [Fact]
    public async Task With_statistics_from_before_many_objects_came_pages_of_ids_are_looked_up_by_whole_keys()
    {
        await using var host = await SaymonHost.StartAsync(new PostgresTarget(PostgresCluster.NewDatabase()));
        await RunAsync(host, "alter table saymon_objects set (autovacuum_enabled = off)", "alter table saymon_parents set (autovacuum_enabled = off)");
        var root = await host.CreateIdAsync("""{"name":"root"}""");
        await RunAsync(host, "analyze saymon_objects", "analyze saymon_parents");

        // Large enough that no cost speaks for reading the table: for a few pages of it even the best statement would.
        await host.FillAsync(4_000, i => $"o{i}", $",\"client_data\":\"{new string('x', 600)}\"", $"\"{root}\"");
        var ids = await host.SearchAsync("{}");

        var read = await host.Database.WriteAsync(
            async (session, token) =>
            {
                var before = await ReadRowsAsync(session, token);
                for (var round = 0; round < 10; round++)
                {
                    await SaymonStore.ReadAsync(session, "default", ids[..30], token);
                    await SaymonStore.ReadSeenAsync(session, "default", ids[..30], token);
                    await SaymonStore.LockAsync(session, "default", ids[..30], token);
                }

                return await ReadRowsAsync(session, token) - before;
            },
            WriteWeight.Bulk,
            Token);

        // 900 rows are looked up; reading each object for each page would be 120,000.
        Assert.InRange(read, 900, 3_000);
    }

    [Fact]
    public async Task What_is_nested_in_many_objects_is_planned_for_them()
    {
        await using var host = await SaymonHost.StartAsync(new PostgresTarget(PostgresCluster.NewDatabase()));
        var root = await host.CreateIdAsync("""{"name":"root"}""");
        await host.FillUnderAsync(root, 4_000);
        var ids = await host.SearchAsync("{}");

        var general = await host.Database.ReadAsync(
            async (session, token) =>
            {
                for (var round = 0; round < 12; round++)
                {
                    await SaymonStore.ReadChildrenAsync(session, "default", ids[..1_000], token);
                    await SaymonStore.ReadLinksFromAsync(session, ids[..1_000], token);
                }

                return await session.Sql(
                        "select sum(generic_plans)::bigint, sum(custom_plans)::bigint from pg_prepared_statements where statement like '%saymon_parents%' or statement like '%saymon_links%'")
                    .FirstAsync(r => (General: r.GetInt64(0), Own: r.GetInt64(1)), token);
            },
            Token);

        Assert.Equal(0, general.General);
        Assert.InRange(general.Own, 10, 100);
    }

    [Theory]
    [InlineData("""{"name":"o7","class_id":3}""", "saymon_terms")]
    [InlineData("""{"class_id":3}""", "saymon_terms")]
    [InlineData("""{"tags":{"$in":["a","b"]}}""", "saymon_terms")]
    [InlineData("""{"state_id":1,"weight":{"$gt":1}}""", "saymon_terms")]
    [InlineData("""{"parent_id":"62d7e58056d203149a08001b","name":{"$regex":"x"}}""", "saymon_parents")]
    [InlineData("""{"discovery_id":"d"}""", "saymon_objects")]
    public async Task A_search_by_an_indexed_field_reads_what_the_index_knows_in_its_order(string search, string table)
    {
        var start = Assert.IsType<StartingPoint.Index>(ObjectFinder.FindStart("default", Read(search)), exactMatch: false);
        Assert.Equal(table, start.Table);
        var isOrdered = start.IsSingle;

        await using (var sqlite = await SaymonHost.StartAsync(new SqliteTarget(_folder["longhaul.db"])))
        {
            var plan = await ExplainAsync(sqlite, "explain query plan", 3, start);
            Assert.Contains($"SEARCH {table} USING", plan, StringComparison.Ordinal);
            Assert.DoesNotContain($"SCAN {table}", plan, StringComparison.Ordinal);
            Assert.Equal(isOrdered, !plan.Contains("TEMP B-TREE", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_page_of_a_search_costs_what_it_shows()
    {
        await using var host = await SaymonHost.StartAsync(new PostgresTarget(PostgresCluster.NewDatabase()));
        await host.FillAsync(5_000, i => $"o{i}", ",\"class_id\":3");
        await RunAsync(host, "analyze");
        var start = (StartingPoint.Index)ObjectFinder.FindStart("default", Read("""{"class_id":3}"""))!;

        var plan = await ExplainAsync(host, "explain (costs off)", 0, start);

        Assert.Contains("Index", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pattern_that_is_slow_on_every_object_ends_the_search()
    {
        await using var host = await SaymonHost.StartAsync(new SqliteTarget(_folder["longhaul.db"]));
        await host.FillAsync(100, i => $"o{i}");
        var slow = new BulkOperation(host.Get<SaymonEngine>() with { Clock = new Seconds() });
        using var share = host.Get<SaymonEngine>().Budget.Open();

        var plain = await slow.MatchAsync("default", Read("""{"name":{"$in":["o1"]}}"""), share, isLimited: false, Token);
        var patterns = await slow.MatchAsync("default", Read("""{"name":{"$regex":"^o"}}"""), share, isLimited: false, Token);

        Assert.False(plain.IsFault(out _, out var found));
        Assert.Equal(1, found!.Count);
        Assert.True(patterns.IsFault(out var fault, out _));
        Assert.Equal(SaymonFaultCodes.BadRequest, fault!.Code);
        Assert.Contains("20 s on all of them", fault.Message, StringComparison.Ordinal);
    }

    private static Search Read(string search)
    {
        using var document = JsonDocument.Parse(search);
        Assert.False(SearchReader.Read(document.RootElement).IsFault(out var fault, out var read), fault?.Message);
        return read!;
    }

    private static async Task<string> ExplainAsync(SaymonHost host, string verb, int column, StartingPoint.Index start) => string.Join(
        '\n',
        await host.Database.ReadAsync(
            (session, token) => start.Bind(session.Sql($"{verb} {start.ToSql(session.Dialect)}"), "default")
                .With("@after", "")
                .With("@count", 1_000)
                .ListAsync(r => r.GetString(column), token),
            Token));

    private static Task<bool> RunAsync(SaymonHost host, params string[] statements) => host.Database.WriteAsync(
        async (session, token) =>
        {
            foreach (var statement in statements)
            {
                await session.Sql(statement).ExecuteAsync(token);
            }

            return true;
        },
        WriteWeight.Bulk,
        Token);

    /// <summary>Objects that the transaction has read so far, by whatever way.</summary>
    private static ValueTask<long> ReadRowsAsync(DbSession session, CancellationToken token) =>
        session.Sql("select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'saymon_objects'").FirstAsync(r => r.GetInt64(0), token);

    /// <summary>A clock on which a second passes with every look.</summary>
    private sealed class Seconds : TimeProvider
    {
        private long _looks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => ++_looks;
    }
}
