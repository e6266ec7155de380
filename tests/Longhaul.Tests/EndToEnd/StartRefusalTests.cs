using Longhaul.Tests.Support;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Longhaul.Tests.EndToEnd;

/// <summary>When the server must not start, it says why in one sentence and what to do.</summary>
[Collection("processes")]
public sealed class StartRefusalTests
{
    [Fact]
    public async Task O61_a_second_server_on_one_folder_is_refused_and_the_first_goes_on()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var first = await LonghaulProcess.ServeAsync(place);

        var (code, _, errors) = await LonghaulProcess.RunAsync(["serve", "--urls", "http://127.0.0.1:0", .. place.Arguments]);

        Assert.Equal(1, code);
        Assert.Contains("Another longhaul server uses the data folder", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        using var client = new ListsClient(first.NewClient(), "acme");
        await client.CreateAsync("still_alive");
    }

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task A_database_newer_than_the_program_is_refused_by_its_versions(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await (await LonghaulProcess.ServeAsync(place)).DisposeAsync();
        await SetVersionAsync(place, 9_999);

        var (code, _, errors) = await LonghaulProcess.RunAsync(["serve", "--urls", "http://127.0.0.1:0", .. place.Arguments]);

        Assert.Equal(1, code);
        Assert.Contains("newer than this program", errors, StringComparison.Ordinal);
        Assert.Contains("9999", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task O61_a_shared_database_wants_its_secrets_from_outside()
    {
        var (code, _, errors) = await LonghaulProcess.RunAsync(
            ["serve", "--database", "Host=127.0.0.1;Port=1;Username=x;Database=x"], ("LONGHAUL_TOKEN", ""));

        Assert.Equal(1, code);
        Assert.Contains("LONGHAUL_TOKEN", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_cannot_reach_its_database_says_so()
    {
        var (code, _, errors) = await LonghaulProcess.RunAsync(["serve", "--database", "Host=127.0.0.1;Port=1;Username=x;Database=x"]);

        Assert.Equal(1, code);
        Assert.Contains("PostgreSQL database cannot be used", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var first = await LonghaulProcess.ServeAsync(place);
        using var other = ServerPlace.For(DatabaseUnderTest.Sqlite);

        var (code, _, errors) = await LonghaulProcess.RunAsync(["serve", "--urls", first.Address.ToString(), .. other.Arguments]);

        Assert.Equal(1, code);
        Assert.Contains("--urls", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_out_of_its_range_is_named()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);

        var (code, _, errors) = await LonghaulProcess.RunAsync(
            ["serve", "--urls", "http://127.0.0.1:0", .. place.Arguments], ("LONGHAUL_Engine__Workers", "0"));

        Assert.Equal(1, code);
        Assert.Contains("Workers", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task O61_secrets_are_made_once_for_the_owner_only_and_never_printed()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        var (_, _, errors) = await LonghaulProcess.RunAsync(
            ["demo", "--once", "--data", place.Folder], ("LONGHAUL_TOKEN", ""), ("LONGHAUL_SECRET_KEY", ""));

        foreach (var name in (string[])["root.token", "secret.key"])
        {
            var path = Path.Combine(place.Folder, name);
            var secret = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.True(secret.Trim().Length >= 32);
            Assert.DoesNotContain(secret.Trim(), errors, StringComparison.Ordinal);
        }
    }

    private static async Task SetVersionAsync(ServerPlace place, int version)
    {
        var text = $"update schema_versions set version = {version} where line = 'engine'";
        if (place.Database is { } database)
        {
            await using var postgres = new NpgsqlConnection(database + ";Pooling=false");
            await postgres.OpenAsync(TestContext.Current.CancellationToken);
            await using var update = new NpgsqlCommand(text, postgres);
            await update.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            return;
        }

        await using var sqlite = new SqliteConnection($"Data Source={Path.Combine(place.Folder, "longhaul.db")};Pooling=False");
        await sqlite.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = sqlite.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
