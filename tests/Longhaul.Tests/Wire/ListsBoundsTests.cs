using System.Net;
using System.Text;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>Searches over many rows that are not wanted, and the key of an import.</summary>
public abstract class ListsBoundsContract(ServerFixture fixture)
{
    [Fact]
    public async Task A_search_finds_all_among_thousands_that_only_mention_it_and_its_pages_are_exact()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "hostname");
        string Host(int i) => i % 37 == 5 ? $"h{i:0000}.needle.example" : $"h{i:0000}.example";
        await client.CompletedAsync(await client.AppendAsync(
            list, Enumerable.Range(0, 3_500).Select(i => $$$"""{"hostname":{"url_hostname":"{{{Host(i)}}}"},"comment":"no needle"}""")));
        var expected = Enumerable.Range(0, 3_500).Where(i => i % 37 == 5).Select(Host).ToList();

        var found = await client.ReadAllAsync(list, 40, "&search=needle");

        Assert.Equal(expected, found.Select(i => i.GetProperty("hostname").GetProperty("url_hostname").GetString()!).Order(StringComparer.Ordinal));
        var sizes = new List<int>();
        var cursor = "";
        do
        {
            var page = await client.PageAsync(list, $"per_page=40&search=needle{cursor}");
            sizes.Add(page.Result.GetArrayLength());
            cursor = ListsClient.After(page) is { } after ? $"&cursor={after}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal([40, 40, expected.Count - 80], sizes);
    }

    [Fact]
    public async Task The_same_bytes_in_another_form_are_another_import()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var first = await ImportAsync(client, list, "text/plain", "");
        var again = await ImportAsync(client, list, "text/plain", "");
        var otherType = await ImportAsync(client, list, "text/csv", "");
        var otherFormat = await ImportAsync(client, list, "text/plain", "?format=csv");

        Assert.Equal(ListsClient.OperationId(first), ListsClient.OperationId(again));
        Assert.Equal(["true"], again.Response.Headers.GetValues("Idempotent-Replayed"));
        Assert.All([otherType, otherFormat], a => Assert.Equal((HttpStatusCode.UnprocessableEntity, 19032), (a.Status, a.Code)));
    }

    private static async Task<WireAnswer> ImportAsync(ListsClient client, string list, string type, string query)
    {
        using var content = new StringContent("10.0.0.1\n", Encoding.UTF8, type);
        return await client.SendAsync(
            HttpMethod.Post, $"/client/v4/accounts/{client.Account}/longhaul/lists/{list}/import{query}", content, ("Idempotency-Key", "k"));
    }
}

public sealed class ListsBoundsOnSqlite(SqliteServer server) : ListsBoundsContract(server), IClassFixture<SqliteServer>;

public sealed class ListsBoundsOnPostgres(PostgresServer server) : ListsBoundsContract(server), IClassFixture<PostgresServer>;
