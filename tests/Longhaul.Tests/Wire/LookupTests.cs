using System.Net;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>Look-ups in lists over HTTP: by keys in a small list, by the index in a large one, always of the current revision.</summary>
public abstract class LookupContract(ServerFixture fixture)
{
    [Fact]
    public async Task An_address_is_covered_by_what_the_list_holds_now()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.0/8", """{"ip":"10.1.2.3","comment":"one"}""", "2001:db8::/32"]));

        Assert.Equal(["10.1.2.3", "10.0.0.0/8"], await FindAsync(client, list, "10.1.2.3"));
        Assert.Equal(["10.0.0.0/8"], await FindAsync(client, list, "10.9.0.0/16"));
        Assert.Equal(["2001:db8::/32"], await FindAsync(client, list, "2001:DB8::5"));
        Assert.Empty(await FindAsync(client, list, "11.0.0.1"));
        await client.CompletedAsync(await client.ReplaceAsync(list, ["11.0.0.1"]));
        Assert.Empty(await FindAsync(client, list, "10.1.2.3"));
        Assert.Equal(["11.0.0.1"], await FindAsync(client, list, "11.0.0.1"));
    }

    [Fact]
    public async Task Every_look_up_in_a_large_list_sees_the_write_that_completed_before_it()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, 2_000)));

        for (var round = 0; round < 40; round++)
        {
            var address = $"172.16.{round}.1";
            Assert.Empty(await FindAsync(client, list, address));
            await client.CompletedAsync(await client.AppendAsync(list, [address]));
            Assert.Equal([address], await FindAsync(client, list, address));
        }
    }

    [Theory]
    [InlineData("contains?value=nonsense", 10028)]
    [InlineData("contains", 10028)]
    [InlineData("contains?value=%00", 10028)]
    [InlineData("resolve?url=https://example.com/", 10028)]
    public async Task What_cannot_be_looked_up_is_refused_with_the_way_out(string query, int code)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var answer = await client.SendAsync(HttpMethod.Get, $"{Base(client, list)}/{query}");

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Code));
        var nowhere = await client.SendAsync(HttpMethod.Get, $"{Base(client, new string('0', 32))}/contains?value=10.0.0.1");
        Assert.Equal((HttpStatusCode.NotFound, 19001), (nowhere.Status, nowhere.Code));
    }

    private static string Base(ListsClient client, string list) => $"/client/v4/accounts/{client.Account}/longhaul/lists/{list}";

    private static async Task<IEnumerable<string>> FindAsync(ListsClient client, string list, string value)
    {
        var answer = await client.SendAsync(HttpMethod.Get, $"{Base(client, list)}/contains?value={value}");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        var found = answer.Result.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("ip").GetString()!).ToList();
        Assert.Equal(found.Count > 0, answer.Result.GetProperty("contained").GetBoolean());
        Assert.Equal(JsonValueKind.String, answer.Result.GetProperty("value").ValueKind);
        return found;
    }
}

public sealed class LookupOnSqlite(SqliteServer server) : LookupContract(server), IClassFixture<SqliteServer>;

public sealed class LookupOnPostgres(PostgresServer server) : LookupContract(server), IClassFixture<PostgresServer>;
