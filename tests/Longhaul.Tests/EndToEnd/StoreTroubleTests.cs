using System.Diagnostics;
using System.Net;
using Longhaul.Tests.Support;
using Npgsql;

namespace Longhaul.Tests.EndToEnd;

/// <summary>Disk full, read-only, database gone: refused clearly, nothing half-written, and it goes on by itself.</summary>
[Collection("processes")]
public sealed class StoreTroubleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_refuses_writes_keeps_reads_and_recovers_by_itself()
    {
        using var disk = SmallDisk.Mount(24);
        using var place = ServerPlace.In(disk.Folder);
        await using var server = await LonghaulProcess.ServeAsync(place);
        using var client = new ListsClient(server.NewClient(), "disk");
        var list = await client.CreateAsync("small");
        await client.CompletedAsync(await client.AppendAsync(list, Addresses.Range(0, 50)));
        disk.Fill();

        var refused = await WriteUntilRefusedAsync(client, list);
        var problem = await client.SendAsync(HttpMethod.Post, "/v1/operations", $$$"""{"kind":"lists.append","account":"disk","params":{"listId":"{{{list}}}"},"items":[{"ip":"198.51.100.1"}]}""");
        var during = await client.ReadAddressesAsync(list);
        disk.Free();
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, 3_000)));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 19503), (refused.Status, refused.Code));
        Assert.NotNull(refused.Response.Headers.RetryAfter);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "urn:longhaul:problem:unavailable"), (problem.Status, problem.Body.GetProperty("type").GetString()));
        Assert.True(during.Count >= 50);
        Assert.Equal(Addresses.Range(0, 3_000), await client.ReadAddressesAsync(list));
    }

    [Fact]
    public async Task A_full_disk_stops_the_start_with_a_sentence()
    {
        using var disk = SmallDisk.Mount(4);
        disk.Fill();

        var (code, _, errors) = await LonghaulProcess.RunAsync(["serve", "--urls", "http://127.0.0.1:0", "--data", disk.Folder]);

        Assert.Equal(1, code);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.Contains(disk.Folder, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_folder_stops_the_start_with_a_sentence()
    {
        using var disk = SmallDisk.Mount(16);
        using var place = ServerPlace.In(disk.Folder);
        await (await LonghaulProcess.ServeAsync(place)).DisposeAsync();
        disk.RemountReadOnly();

        var (code, _, errors) = await LonghaulProcess.RunAsync(["serve", "--urls", "http://127.0.0.1:0", .. place.Arguments]);

        Assert.Equal(1, code);
        Assert.Contains("not writable", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_database_refuses_writes_and_recovers_by_itself()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Postgres);
        await using var server = await LonghaulProcess.ServeAsync(place);
        using var client = new ListsClient(server.NewClient(), "ro");
        var list = await client.CreateAsync("l");
        await SetReadOnlyAsync(place.Database!, true);

        var refused = await client.AppendAsync(list, ["192.0.2.1"]);
        var read = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}");
        await SetReadOnlyAsync(place.Database!, false);
        await client.CompletedAsync(await client.AppendAsync(list, ["192.0.2.2"]));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 19503), (refused.Status, refused.Code));
        Assert.Equal(HttpStatusCode.OK, read.Status);
        Assert.Equal(["192.0.2.2"], await client.ReadAddressesAsync(list));
    }

    [Fact]
    public async Task A_database_that_goes_and_comes_back_is_survived()
    {
        using var cluster = PostgresCluster.Own();
        Assert.SkipWhen(cluster.Port == 0, "needs a server of its own");
        using var place = ServerPlace.On(cluster.ConnectionString);
        await using var server = await LonghaulProcess.ServeAsync(place);
        using var client = new ListsClient(server.NewClient(), "gone");
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, ["192.0.2.1"]));
        cluster.Stop();

        var refused = await client.AppendAsync(list, ["192.0.2.2"]);
        var ready = await client.SendAsync(HttpMethod.Get, "/readyz");
        var alive = await client.SendAsync(HttpMethod.Get, "/healthz");
        cluster.Restart();
        await client.CompletedAsync(await client.AppendAsync(list, ["192.0.2.3"]));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (ready.Status, alive.Status));
        Assert.Equal(["192.0.2.1", "192.0.2.3"], await client.ReadAddressesAsync(list));
    }

    private static async Task<WireAnswer> WriteUntilRefusedAsync(ListsClient client, string list)
    {
        // The log has some pages left to use again: a few writes may still fit.
        for (var i = 0; i < 200; i++)
        {
            var answer = await client.AppendAsync(list, Addresses.Range(100_000 + (i * 5_000), 5_000));
            if (!answer.Response.IsSuccessStatusCode)
            {
                return answer;
            }
        }

        throw new InvalidOperationException("the disk never filled up");
    }

    private static async Task SetReadOnlyAsync(string database, bool isReadOnly)
    {
        var name = new NpgsqlConnectionStringBuilder(database).Database;
        var admin = new NpgsqlConnectionStringBuilder(database) { Database = "postgres", Pooling = false }.ToString();
        await using var connection = new NpgsqlConnection(admin);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(
            $"alter database {name} set default_transaction_read_only = {(isReadOnly ? "on" : "off")}; select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'",
            connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>A file system in memory of a few MiB.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private readonly TempFolder _folder = new();

        public string Folder => _folder.FullPath;

        public static SmallDisk Mount(int mebibytes)
        {
            var disk = new SmallDisk();
            if (Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", disk.Folder) == 0)
            {
                return disk;
            }

            disk._folder.Dispose();
            Assert.SkipUnless(PostgresCluster.IsRequired, "needs the right to mount");
            throw new InvalidOperationException("a small disk could not be mounted");
        }

        public void Fill()
        {
            using var ballast = File.Create(Path.Combine(Folder, "ballast"));
            try
            {
                for (var block = new byte[4_096]; ;)
                {
                    ballast.Write(block);
                    ballast.Flush();
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        public void Free() => File.Delete(Path.Combine(Folder, "ballast"));

        public void RemountReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Folder));

        public void Dispose()
        {
            Run("umount", "-l", Folder);
            _folder.Dispose();
        }

        private static int Run(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
