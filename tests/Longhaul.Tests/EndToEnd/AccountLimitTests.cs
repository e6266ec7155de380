using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>Limits of an account hold when many requests come at once, on two nodes of one database.</summary>
[Collection("processes")]
public sealed class AccountLimitTests
{
    private const int MaxLists = 5;
    private const int MaxItems = 450;

    private static readonly (string, string)[] Options =
        [("LONGHAUL_Lists__MaxListsPerAccount", $"{MaxLists}"), ("LONGHAUL_Lists__MaxItemsPerAccount", $"{MaxItems}")];

    [Fact]
    public async Task Creations_and_writes_at_once_never_exceed_the_limits_of_their_account()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Postgres);
        await using var one = await LonghaulProcess.ServeAsync(place, Options);
        await using var two = await LonghaulProcess.ServeAsync(place, Options);
        for (var round = 0; round < 5; round++)
        {
            using var first = new ListsClient(one.NewClient(), $"limit{round}");
            using var second = new ListsClient(two.NewClient(), first.Account);
            ListsClient Client(int i) => i % 2 == 0 ? first : second;

            var created = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
                Client(i).SendAsync(HttpMethod.Post, first.Lists, $$"""{"name":"l{{i}}","kind":"ip"}""")));
            var lists = created.Where(a => a.Status == HttpStatusCode.OK).Select(a => a.Result.GetProperty("id").GetString()!).ToList();
            Assert.Equal(MaxLists, lists.Count);
            Assert.Equal(MaxLists, (await first.SendAsync(HttpMethod.Get, first.Lists)).Result.GetArrayLength());

            // Five lists of a hundred items are one list too many.
            var ends = await Task.WhenAll(lists.Select(async (list, i) =>
                await Client(i).EndAsync(ListsClient.OperationId(await Client(i).AppendAsync(list, Addresses.Range(1_000 * i, 100))))));
            Assert.Equal(MaxItems / 100, ends.Count(e => e.GetProperty("status").GetString() == "completed"));
            var counts = await Task.WhenAll(lists.Select(first.NumItemsAsync));
            Assert.Equal(MaxItems / 100 * 100, counts.Sum());
        }
    }
}
