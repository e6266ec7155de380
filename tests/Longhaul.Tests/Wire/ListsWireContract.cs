using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>The lines of <c>contracts/lists.md</c> section 14 that an address list meets, over HTTP, on whatever database.</summary>
public abstract partial class ListsWireContract(ServerFixture fixture)
{
    private static readonly string Unknown = new('0', 32);

    [Fact]
    public async Task L01_every_success_has_the_envelope_and_nothing_else()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var write = await client.AppendAsync(list, ["192.0.2.1"]);
        await client.CompletedAsync(write);
        var item = (await client.ReadAllAsync(list))[0].GetProperty("id").GetString();

        foreach (var path in (string[])["", $"/{list}", $"/{list}/items", $"/{list}/items/{item}", $"/bulk_operations/{ListsClient.OperationId(write)}"])
        {
            var answer = await client.SendAsync(HttpMethod.Get, client.Lists + path);
            Assert.Equal(["errors", "messages", "result", "success"], answer.Body.EnumerateObject().Select(m => m.Name).Order());
            Assert.Equal(0, answer.Body.GetProperty("errors").GetArrayLength() + answer.Body.GetProperty("messages").GetArrayLength());
            Assert.Equal("application/json; charset=UTF-8", answer.Response.Content.Headers.GetValues("Content-Type").Single());
            Assert.True(answer.Response.Headers.Contains("cf-ray") && answer.Response.Headers.Contains("X-Request-Id"));
        }
    }

    [Theory]
    [InlineData("GET", "", null, null, null, 400, 9106)]
    [InlineData("GET", "", "Authorization", "Basic eDp5", null, 400, 6003)]
    [InlineData("GET", "", "Authorization", "Bearer", null, 400, 6003)]
    [InlineData("GET", "", "Authorization", "Bearer wrong", null, 403, 10000)]
    [InlineData("GET", "", "X-Auth-Key", LonghaulProcess.Token, null, 400, 6003)]
    [InlineData("GET", "", "X-Auth-Key", LonghaulProcess.Token, "other@localhost", 403, 10000)]
    [InlineData("GET", "", "X-Auth-Key", "wrong", "root@localhost", 403, 10000)]
    public async Task L03_credentials_are_told_apart(string method, string path, string? name, string? value, string? email, int status, int code)
    {
        using var http = new HttpClient { BaseAddress = fixture.Server.Address };
        using var client = new ListsClient(http, "acme");
        (string, string)[] headers = [.. name is null ? [] : new[] { (name, value!) }, .. email is null ? [] : new[] { ("X-Auth-Email", email) }];

        var answer = await client.SendAsync(new HttpMethod(method), client.Lists + path, (string?)null, headers);

        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("Authorization", "Bearer " + LonghaulProcess.Token, null)]
    [InlineData("X-Auth-Key", LonghaulProcess.Token, "root@localhost")]
    [InlineData("X-Auth-User-Service-Key", LonghaulProcess.Token, null)]
    public async Task L03_each_form_of_the_root_credential_works(string name, string value, string? email)
    {
        using var http = new HttpClient { BaseAddress = fixture.Server.Address };
        using var client = new ListsClient(http, "acme");
        (string, string)[] headers = email is null ? [(name, value)] : [(name, value), ("X-Auth-Email", email)];

        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Get, client.Lists, (string?)null, headers)).Status);
    }

    [Fact]
    public async Task L04_unknown_paths_and_methods_are_answered_in_the_envelope()
    {
        using var client = fixture.NewAccount();
        var nowhere = await client.SendAsync(HttpMethod.Get, "/client/v4/accounts/x/nowhere");
        var patch = await client.SendAsync(HttpMethod.Patch, $"{client.Lists}/{Unknown}", "{}");

        Assert.Equal((HttpStatusCode.NotFound, 7003), (nowhere.Status, nowhere.Code));
        Assert.Equal((HttpStatusCode.MethodNotAllowed, 7001), (patch.Status, patch.Code));
        Assert.Contains("PUT", patch.Response.Content.Headers.Allow);
    }

    [Fact]
    public async Task L10_a_new_list_is_as_the_contract_shows_it()
    {
        using var client = fixture.NewAccount();
        var answer = await client.SendAsync(HttpMethod.Post, client.Lists + "?page=7", """{"name":"New_List_1","kind":"ip","description":null}""");

        var list = answer.Result;
        Assert.Matches("^[0-9a-f]{12}4[0-9a-f]{19}$", list.GetProperty("id").GetString());
        Assert.Equal("0", list.GetProperty("num_items").GetRawText());
        Assert.Equal("0", list.GetProperty("num_referencing_filters").GetRawText());
        Assert.Matches(WholeSeconds(), list.GetProperty("created_on").GetString());
        Assert.Equal(list.GetProperty("created_on").GetString(), list.GetProperty("modified_on").GetString());
        Assert.False(list.TryGetProperty("description", out _));
    }

    [Theory]
    [InlineData("""{"name":"","kind":"ip"}""", 19010)]
    [InlineData("""{"kind":"ip"}""", 19010)]
    [InlineData("""{"name":"a-b","kind":"ip"}""", 19010)]
    [InlineData("""{"name":"a b","kind":"ip"}""", 19010)]
    [InlineData("""{"name":"123456789012345678901234567890123456789012345678901","kind":"ip"}""", 19010)]
    [InlineData("""{"name":"ok","kind":"nonsense"}""", 19011)]
    [InlineData("""{"name":"ok"}""", 19011)]
    [InlineData("""{"name":"ok","kind":"ip","extra":1}""", 10026)]
    [InlineData("""{"name":"ok","name":"ok","kind":"ip"}""", 10026)]
    [InlineData("""{"name":5,"kind":"ip"}""", 10026)]
    [InlineData("""{"name":"a\u0000","kind":"ip"}""", 10026)]
    [InlineData("not json", 10026)]
    [InlineData("[]", 10026)]
    [InlineData("", 10026)]
    public async Task L12_L13_a_list_that_cannot_be_is_refused(string body, int code)
    {
        using var client = fixture.NewAccount();

        var answer = await client.SendAsync(HttpMethod.Post, client.Lists, body);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Code));
        Assert.Equal(0, (await client.SendAsync(HttpMethod.Get, client.Lists)).Result.GetArrayLength());
    }

    [Fact]
    public async Task L11_L12_lengths_and_names_at_their_bounds()
    {
        using var client = fixture.NewAccount();
        var name = new string('n', 50);
        var longest = await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"name":"{{name}}","kind":"ip","description":"{{new string('é', 500)}}"}""");
        var tooLong = await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"name":"b","kind":"ip","description":"{{new string('é', 501)}}"}""");
        var again = await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"name":"{{name.ToUpperInvariant()}}","kind":"ip"}""");

        Assert.Equal(500, longest.Result.GetProperty("description").GetString()!.Length);
        Assert.Equal(19012, tooLong.Code);
        Assert.Equal(19013, again.Code);
    }

    [Fact]
    public async Task L14_a_description_changes_stays_and_goes()
    {
        using var client = fixture.NewAccount();
        var path = $"{client.Lists}/{await client.CreateAsync("l")}";
        var set = await client.SendAsync(HttpMethod.Put, path, """{"description":"x"}""");
        var kept = await client.SendAsync(HttpMethod.Put, path, "{}");
        var gone = await client.SendAsync(HttpMethod.Put, path, """{"description":null}""");
        var named = await client.SendAsync(HttpMethod.Put, path, """{"name":"y"}""");

        Assert.Equal(("x", "x"), (set.Result.GetProperty("description").GetString(), kept.Result.GetProperty("description").GetString()));
        Assert.False(gone.Result.TryGetProperty("description", out _));
        Assert.Equal(10026, named.Code);
        Assert.Contains("name", named.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task L15_L18_what_is_not_there_is_told_in_the_vendors_words()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var unknown = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{Unknown}");
        var illFormed = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/a%2Fb%20c");
        var bulk = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations");
        var operation = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{Unknown}");
        var item = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items/{Unknown}");

        Assert.All([unknown, illFormed, bulk], a => Assert.Equal((404, 19001), ((int)a.Status, a.Code)));
        Assert.Contains("could not find list", unknown.Message, StringComparison.Ordinal);
        Assert.Equal((404, 19003), ((int)operation.Status, operation.Code));
        Assert.Equal((404, 19002), ((int)item.Status, item.Code));
    }

    [Fact]
    public async Task L16_L17_a_deleted_list_is_gone_at_once_and_its_operations_fail()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var writes = new List<string> { ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(0, 60_000))) };
        for (var i = 0; i < 5; i++)
        {
            writes.Add(ListsClient.OperationId(await client.AppendAsync(list, [Addresses.At(70_000 + i)])));
        }

        var deleted = await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}", "{}");
        var read = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}");
        var again = await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}");
        var ends = new List<JsonElement>();
        foreach (var write in writes)
        {
            ends.Add(await client.EndAsync(write));
        }

        Assert.Equal(list, deleted.Result.GetProperty("id").GetString());
        Assert.Equal((19001, 19001), (read.Code, again.Code));
        var last = ends[^1];
        Assert.Equal("failed", last.GetProperty("status").GetString());
        Assert.Contains("could not find list", last.GetProperty("error").GetString(), StringComparison.Ordinal);
        await client.CreateAsync("l");
    }

    [Fact]
    public async Task L20_L50_a_write_answers_an_id_whose_status_has_just_its_members()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var write = await client.AppendAsync(list, ["192.0.2.1"]);
        var end = await client.EndAsync(ListsClient.OperationId(write));

        Assert.Equal(["operation_id"], write.Result.EnumerateObject().Select(m => m.Name));
        Assert.Equal(["completed", "id", "status"], end.EnumerateObject().Select(m => m.Name).Order());
        Assert.Matches(WholeSeconds(), end.GetProperty("completed").GetString());
        Assert.Contains("rel=\"monitor\"", write.Response.Headers.GetValues("Link").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task L21_append_overwrites_known_keys_as_a_whole_and_leaves_the_others()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, ["""{"ip":"10.0.0.1","comment":"a"}""", """{"ip":"10.0.0.2","comment":"b"}""", "10.0.0.3"]));
        var before = await client.ReadAllAsync(list);

        await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.1", """{"ip":"10.0.0.2","comment":"b"}""", "10.0.0.4"]));

        var after = await client.ReadAllAsync(list);
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"], after.Select(i => i.GetProperty("ip").GetString()));
        Assert.Equal(before.Select(i => i.GetProperty("id").GetString()), after.Take(3).Select(i => i.GetProperty("id").GetString()));
        Assert.False(after[0].TryGetProperty("comment", out _));
        Assert.Equal("b", after[1].GetProperty("comment").GetString());
        Assert.Matches("^[0-9a-f]{12}7[0-9a-f]{19}$", after[3].GetProperty("id").GetString());
    }

    [Fact]
    public async Task L22_L23_replace_is_exact_and_delete_ignores_what_is_not_there()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, 10)));
        var ids = (await client.ReadAllAsync(list)).ConvertAll(i => i.GetProperty("id").GetString()!);
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(5, 10)));
        var kept = (await client.ReadAllAsync(list)).ConvertAll(i => i.GetProperty("id").GetString()!);
        await client.CompletedAsync(await client.DeleteAsync(list, [kept[0], kept[0], Unknown, "no id at all"]));

        Assert.Equal(ids.Skip(5), kept.Take(5));
        Assert.Equal(Addresses.Range(6, 9), await client.ReadAddressesAsync(list));
        await client.CompletedAsync(await client.AppendAsync(list, [Addresses.At(5)]));
        Assert.NotEqual(kept[0], (await client.ReadAllAsync(list))[0].GetProperty("id").GetString());
        await client.CompletedAsync(await client.ReplaceAsync(list, []));
        Assert.Equal(0, await client.NumItemsAsync(list));
    }

    [Theory]
    [InlineData("POST", """{"items":[{"ip":"10.0.0.1"}]}""")]
    [InlineData("PUT", """{"items":[]}""")]
    [InlineData("PUT", "null")]
    [InlineData("POST", "")]
    [InlineData("POST", "\"10.0.0.1\"")]
    [InlineData("DELETE", "")]
    [InlineData("DELETE", "null")]
    [InlineData("DELETE", "{}")]
    [InlineData("DELETE", """{"items":[]}""")]
    [InlineData("DELETE", """[{"id":"x"}]""")]
    public async Task L24_a_wrong_wrapper_is_refused_and_shows_the_right_one(string method, string body)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var answer = await client.SendAsync(new HttpMethod(method), $"{client.Lists}/{list}/items", body);

        Assert.Equal((HttpStatusCode.BadRequest, 10026), (answer.Status, answer.Code));
        Assert.Contains(method == "DELETE" ? "\"id\"" : "[{\"ip\":", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"ip":"10.0.0.1","id":"x"}]""", 10026, "/0/id")]
    [InlineData("""[{"ip":"10.0.0.1"},{"ip":"10.0.0.2","created_on":"x"}]""", 10026, "/1/created_on")]
    [InlineData("""[{"ip":"10.0.0.1","comment":5}]""", 10026, "/0/comment")]
    [InlineData("""[{"ip":"10.0.0.1","comment":"a\u0000"}]""", 10026, "/0/comment")]
    [InlineData("""[{"ip":"10.0.0.1","comment":"\ud800"}]""", 10026, "/0/comment")]
    [InlineData("""[{"ip":5}]""", 10026, "/0/ip")]
    [InlineData("""[{"ip":"10.0.0.1","ip":"10.0.0.1"}]""", 10026, "/0/ip")]
    [InlineData("""[{"asn":5}]""", 10028, "/0/asn")]
    [InlineData("""[{"ip":"10.0.0.1","asn":5}]""", 10028, "/0")]
    [InlineData("""[{"comment":"x"}]""", 10028, "/0")]
    [InlineData("""[{"ip":"10.0.0.1"},{"ip":"10.0.0.1/32"}]""", 10028, "/1/ip")]
    [InlineData("""[{"ip":"10.0.0.1/7"}]""", 10028, "/0/ip")]
    public async Task L25_L27_L28_a_bad_item_is_named_with_its_place(string body, int code, string pointer)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var answer = await client.SendAsync(HttpMethod.Post, $"{client.Lists}/{list}/items", body);

        var error = answer.Body.GetProperty("errors")[0];
        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Code));
        Assert.Equal(pointer, error.GetProperty("source").GetProperty("pointer").GetString());
        Assert.Equal(0, await client.NumItemsAsync(list));
    }

    [Fact]
    public async Task L26_all_bad_items_are_reported_up_to_a_hundred()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var three = await client.AppendAsync(list, ["10.0.0.1", "bad", "10.0.0.2", """{"ip":"10.0.0.9","x":1}""", "10.0.0.1"]);
        var many = await client.AppendAsync(list, Enumerable.Range(0, 150).Select(i => $"bad{i}"));
        var exact = await client.AppendAsync(list, ["10.0.0.1", "10.0.0.1"]);

        var indexes = three.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("source").GetProperty("parameter_value_index").GetInt32());
        Assert.Equal([1, 3, 4], indexes);
        Assert.Equal(101, many.Body.GetProperty("errors").GetArrayLength());
        Assert.Contains("50 more", many.Body.GetProperty("errors")[100].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("invalid value for ip at position 1: filters.api.duplicate_item_value", exact.Message);
        Assert.Equal(0, (await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={client.Account}")).Body.GetProperty("operations").GetArrayLength());
    }

    [Fact]
    public async Task L31_readers_see_one_revision_whole_along_a_chain()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        string[][] sets = [[.. Addresses.Range(0, 20_000)], [.. Addresses.Range(50_000, 20_000)]];
        await client.CompletedAsync(await client.ReplaceAsync(list, sets[0]));
        var writes = ReplaceInTurnAsync(client, list, sets);
        var chains = 0;
        do
        {
            var read = await client.ReadAddressesAsync(list);
            Assert.True(read.SequenceEqual(sets[0]) || read.SequenceEqual(sets[1]), $"{read.Count} items, first {read.FirstOrDefault()}, last {read.LastOrDefault()}");
            Assert.Equal(20_000, await client.NumItemsAsync(list));
            chains++;
        }
        while (!writes.IsCompleted || chains < 3);

        await writes;
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.1/32", "10.0.0.1")]
    [InlineData("192.168.1.5/24", "192.168.1.0/24")]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("2001:db8::/12", "2000::/12")]
    [InlineData("::1/128", "::1")]
    [InlineData("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
    public async Task L40_accepted_addresses_come_back_canonical_and_are_found_as_sent(string sent, string canonical)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, [sent]));

        Assert.Equal([canonical], await client.ReadAddressesAsync(list));
        var found = await client.ReadAllAsync(list, 25, $"&search={Uri.EscapeDataString(sent)}");
        Assert.Equal(canonical, found.Single().GetProperty("ip").GetString());
    }

    [Theory]
    [InlineData("10.0.0.0/7")]
    [InlineData("2001:db8::/11")]
    [InlineData("0.0.0.0/0")]
    [InlineData("01.2.3.4")]
    [InlineData("fe80::1%eth0")]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData(" 1.1.1.1")]
    [InlineData("1.1.1.1:80")]
    [InlineData("1.1.1.1/08")]
    [InlineData("1.1.1.1/")]
    [InlineData("[::1]")]
    [InlineData("")]
    [InlineData("1.1.1")]
    [InlineData("1::2::3")]
    public async Task L40_refused_addresses(string sent)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        Assert.Equal(10028, (await client.AppendAsync(list, [sent])).Code);
    }

    [Fact]
    public async Task L45_a_comment_has_at_most_500_code_points_and_comes_back_as_sent()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var longest = string.Concat(Enumerable.Repeat("\U0001F600", 500));
        await client.CompletedAsync(await client.AppendAsync(list, [$$"""{"ip":"10.0.0.1","comment":"{{longest}}"}""", """{"ip":"10.0.0.2","comment":""}""", """{"ip":"10.0.0.3","comment":null,"asn":null}"""]));
        var tooLong = await client.AppendAsync(list, [$$"""{"ip":"10.0.0.1","comment":"{{longest}}x"}"""]);

        var items = await client.ReadAllAsync(list);
        Assert.Equal((longest, ""), (items[0].GetProperty("comment").GetString(), items[1].GetProperty("comment").GetString()));
        Assert.Equal(["created_on", "id", "ip", "modified_on"], items[2].EnumerateObject().Select(m => m.Name).Order());
        Assert.Contains("invalid_comment", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task L52_what_is_completed_can_be_read_at_once()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        for (var i = 0; i < 100; i++)
        {
            await client.CompletedAsync(await client.AppendAsync(list, [Addresses.At(i)]));
            Assert.Equal(i + 1, await client.NumItemsAsync(list));
            Assert.Equal(i + 1, (await client.ReadAddressesAsync(list)).Count);
        }
    }

    [Fact]
    public async Task L53_writes_to_one_list_are_applied_in_the_order_of_acceptance()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var last = "";
        for (var i = 0; i < 20; i++)
        {
            last = ListsClient.OperationId(await client.ReplaceAsync(list, [$$"""{"ip":"10.0.0.1","comment":"{{i}}"}""", Addresses.At(i + 10)]));
        }

        await client.EndAsync(last);

        var items = await client.ReadAllAsync(list);
        Assert.Equal(("19", Addresses.At(29)), (items[0].GetProperty("comment").GetString(), items[1].GetProperty("ip").GetString()));
        Assert.Equal(2, items.Count);
    }

    [Theory]
    [InlineData("per_page=0")]
    [InlineData("per_page=-1")]
    [InlineData("per_page=501")]
    [InlineData("per_page=abc")]
    [InlineData("cursor=zzz")]
    [InlineData("cursor=%00")]
    public async Task L60_bad_pages_are_refused(string query)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var answer = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?{query}");

        Assert.Equal((HttpStatusCode.BadRequest, 10027), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task L61_a_walk_forth_and_back_shows_each_item_once_in_order()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        string[] six = ["2001:db8::1", "2001:db8::/32", "::1"];
        await client.CompletedAsync(await client.ReplaceAsync(list, [.. Addresses.Range(0, 1_231).Reverse(), .. six]));
        var read = await client.ReadAddressesAsync(list, 100);
        var first = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?per_page=500");
        var second = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?per_page=500&cursor={ListsClient.After(first)}");
        var back = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?per_page=500&cursor={ListsClient.Before(second)}");

        Assert.Equal([.. Addresses.Range(0, 1_231), "::1", "2001:db8::/32", "2001:db8::1"], read);
        Assert.Null(ListsClient.Before(first));
        Assert.Equal(first.Result.GetRawText(), back.Result.GetRawText());
        Assert.Null(ListsClient.Before(back));
    }

    [Fact]
    public async Task L62_a_chain_keeps_its_revision_while_others_write()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, 60)));
        var page = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?per_page=50");
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(1_000, 5)));

        var next = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?per_page=50&cursor={ListsClient.After(page)}");
        var other = await client.CreateAsync("other");
        var foreign = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{other}/items?cursor={ListsClient.After(page)}");
        var searched = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?search=10&cursor={ListsClient.After(page)}");

        Assert.Equal(Addresses.Range(50, 10), next.Result.EnumerateArray().Select(i => i.GetProperty("ip").GetString()));
        Assert.Equal((10027, 10027), (foreign.Code, searched.Code));
        Assert.Equal(5, (await client.ReadAllAsync(list)).Count);
    }

    [Fact]
    public async Task L63_search_is_a_prefix_of_the_canonical_value_and_exact_when_asked()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.ReplaceAsync(list, ["1.2.3.4", "1.2.3.40", "1.2.3.0/24", "11.2.3.4", "2001:db8::1"]));
        async Task<int> CountAsync(string query) => (await client.ReadAllAsync(list, 2, query)).Count;

        foreach (var (query, expected) in ((string, int)[])[("", 5), ("1.2.3.4", 2), ("1.2.3.4&match=exact", 1), ("1.2.3", 3), ("2001:DB8", 1), ("%25", 0)])
        {
            Assert.Equal((query, expected), (query, await CountAsync($"&search={query}")));
        }

        Assert.Equal(10026, (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?search=%00")).Code);
    }

    [Fact]
    public async Task L80_a_write_can_be_waited_for()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var write = await client.ReplaceAsync(list, Addresses.Range(0, 3_000), ("Prefer", "wait=5"));

        var status = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{ListsClient.OperationId(write)}");
        Assert.Equal("completed", status.Result.GetProperty("status").GetString());
        Assert.Equal("wait=5", write.Response.Headers.GetValues("Preference-Applied").Single());
    }

    [Fact]
    public async Task L81_one_key_makes_one_operation()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.AppendAsync(list, ["10.0.0.1"], ("Idempotency-Key", "k1"))));
        var other = await client.AppendAsync(list, ["10.0.0.2"], ("Idempotency-Key", "k1"));
        var first = await client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"keyed","kind":"ip"}""", ("Idempotency-Key", "k2"));
        var again = await client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"keyed","kind":"ip"}""", ("Idempotency-Key", "k2"));

        Assert.Single(answers.Select(ListsClient.OperationId).Distinct());
        Assert.Equal((422, 19032), ((int)other.Status, other.Code));
        Assert.Equal(first.Text, again.Text);
    }

    [Fact]
    public async Task The_sequence_of_the_python_client_is_served()
    {
        using var client = fixture.NewAccount();
        (string, string)[] headers = [("x-stainless-lang", "python"), ("x-stainless-async", "false"), ("x-stainless-read-timeout", "60"), ("user-agent", "Cloudflare/Python 4.3.1")];
        var created = await client.SendAsync(HttpMethod.Post, client.Lists, """{"kind": "ip", "name": "py"}""", headers);
        var list = created.Result.GetProperty("id").GetString();
        var written = await client.SendAsync(HttpMethod.Post, $"{client.Lists}/{list}/items", """[{"ip": "10.0.0.1", "comment": "x"}]""", headers);
        await client.CompletedAsync(written);
        var bare = await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}/items", "", headers);
        var gone = await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}", "", headers);

        Assert.Equal((400, 10026), ((int)bare.Status, bare.Code));
        Assert.Contains("\"items\"", bare.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, gone.Status);
    }

    private static async Task ReplaceInTurnAsync(ListsClient client, string list, string[][] sets)
    {
        for (var i = 1; i <= 8; i++)
        {
            await client.CompletedAsync(await client.ReplaceAsync(list, sets[i % 2]));
        }
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    private static partial Regex WholeSeconds();
}

public sealed class ListsWireOnSqlite(SqliteServer server) : ListsWireContract(server), IClassFixture<SqliteServer>;

public sealed class ListsWireOnPostgres(PostgresServer server) : ListsWireContract(server), IClassFixture<PostgresServer>;
