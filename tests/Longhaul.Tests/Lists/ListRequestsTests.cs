using System.Text;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists;

public sealed class ListRequestsTests
{
    [Theory]
    [InlineData("""{"name":"My_list_1","kind":"ip"}""", "My_list_1", null)]
    [InlineData("""{"description":"","kind":"ip","name":"a"}""", "a", null)]
    [InlineData("""{"name":"a","kind":"ip","description":null}""", "a", null)]
    [InlineData("""{"name":"a","kind":"ip","description":"Blocked \u00e9 \ud83d\ude00"}""", "a", "Blocked é 😀")]
    public void A_list_is_created_from_name_kind_and_description(string body, string name, string? description) =>
        Assert.Equal(new CreateListRequest(name, ItemKind.Ip, description), Create(body).Value);

    [Fact]
    public void A_list_is_of_any_kind_that_there_is()
    {
        Assert.Equal(["ip", "hostname", "asn", "redirect"], ItemKind.All.Select(kind => kind.Name));
        Assert.All(ItemKind.All, kind =>
            Assert.Same(kind, Create($$"""{"name":"a","kind":"{{kind.Name}}"}""").Value!.Kind));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void A_name_has_at_most_50_characters(int length, bool isGood) =>
        Assert.Equal(isGood, Create($$"""{"name":"{{new string('a', length)}}","kind":"ip"}""").IsGood(out _));

    [Theory]
    [InlineData("x", 500, true)]
    [InlineData("😀", 500, true)]
    [InlineData("x", 501, false)]
    [InlineData("😀", 501, false)]
    public void A_description_has_at_most_500_code_points(string character, int count, bool isGood)
    {
        var description = string.Concat(Enumerable.Repeat(character, count));

        Assert.Equal(isGood, Create($$"""{"name":"a","kind":"ip","description":"{{description}}"}""").IsGood(out _));
        Assert.Equal(isGood, Update($$"""{"description":"{{description}}"}""").IsGood(out _));
    }

    [Theory]
    [InlineData("""{"kind":"ip"}""", "filters.api.invalid_name: 'name' is missing")]
    [InlineData("""{"name":null,"kind":"ip"}""", "filters.api.invalid_name: 'name' is missing")]
    [InlineData("""{"name":"","kind":"ip"}""", "filters.api.invalid_name: '' is no list name; use 1 to 50 of the letters a-z and A-Z, the digits and the underscore")]
    [InlineData("""{"name":"a-b","kind":"ip"}""", "filters.api.invalid_name: 'a-b' is no list name; use 1 to 50 of the letters a-z and A-Z, the digits and the underscore")]
    [InlineData("""{"name":"a b","kind":"ip"}""", "filters.api.invalid_name: 'a b' is no list name; use 1 to 50 of the letters a-z and A-Z, the digits and the underscore")]
    [InlineData("""{"name":"a\n","kind":"ip"}""", "filters.api.invalid_name: 'a\n' is no list name; use 1 to 50 of the letters a-z and A-Z, the digits and the underscore")]
    [InlineData("""{"name":"é","kind":"ip"}""", "filters.api.invalid_name: 'é' is no list name; use 1 to 50 of the letters a-z and A-Z, the digits and the underscore")]
    public void A_bad_name_is_refused(string body, string message) =>
        Assert.Equal([new ListError(19010, message, "/name")], Create(body).Errors);

    [Theory]
    [InlineData("""{"name":"a"}""", "filters.api.invalid_kind: 'kind' is missing; use 'ip', 'hostname', 'asn' or 'redirect'")]
    [InlineData("""{"name":"a","kind":null}""", "filters.api.invalid_kind: 'kind' is missing; use 'ip', 'hostname', 'asn' or 'redirect'")]
    [InlineData("""{"name":"a","kind":""}""", "filters.api.invalid_kind: '' is no kind of list; use 'ip', 'hostname', 'asn' or 'redirect'")]
    [InlineData("""{"name":"a","kind":"IP"}""", "filters.api.invalid_kind: 'IP' is no kind of list; use 'ip', 'hostname', 'asn' or 'redirect'")]
    [InlineData("""{"name":"a","kind":"redirects"}""", "filters.api.invalid_kind: 'redirects' is no kind of list; use 'ip', 'hostname', 'asn' or 'redirect'")]
    public void A_bad_kind_is_refused(string body, string message) =>
        Assert.Equal([new ListError(19011, message, "/kind")], Create(body).Errors);

    [Fact]
    public void All_bad_members_are_reported_at_once()
    {
        var errors = Create($$"""{"name":"","description":"{{new string('x', 501)}}"}""").Errors;

        Assert.Equal([19010, 19011, 19012], errors.Select(error => error.Code));
        Assert.Equal("filters.api.invalid_description: a description has at most 500 characters", errors[2].Message);
    }

    [Theory]
    [InlineData("""{"name":"a","kind":"ip","items":[]}""", "/items", "unknown member 'items'; there can only be 'name', 'kind', 'description'")]
    [InlineData("""{"name":"a","kind":"ip","name":"b"}""", "/name", "repeated member 'name'")]
    [InlineData("""{"name":5,"kind":"ip"}""", "/name", "'name' must be a string, not a number")]
    [InlineData("""{"name":"a","kind":["ip"]}""", "/kind", "'kind' must be a string, not an array")]
    [InlineData("""{"name":"a\u0000","kind":"ip"}""", "/name", "a string in 'name' has U+0000 or a lone surrogate")]
    [InlineData("""{"name":"a","kind":"ip","description":"\ud800"}""", "/description", "a string in 'description' has U+0000 or a lone surrogate")]
    [InlineData("", null, """the body is empty; send {"name":"my_list","kind":"ip"}""")]
    [InlineData("[]", null, """the body is an array; send {"name":"my_list","kind":"ip"}""")]
    [InlineData("""{"name":"a","kind":"ip"}x""", null, "the body is not valid JSON at line 1, byte 25")]
    public void A_body_that_cannot_be_decoded_names_the_member(string body, string? place, string text) =>
        Assert.Equal([new ListError(10026, $"filters.api.invalid_json: {text}", place)], Create(body).Errors);

    [Theory]
    [InlineData("{}", false, null)]
    [InlineData("""{"description":null}""", true, null)]
    [InlineData("""{"description":""}""", true, null)]
    [InlineData("""{"description":"new"}""", true, "new")]
    public void An_update_tells_an_absent_description_from_a_removed_one(string body, bool changes, string? description) =>
        Assert.Equal(new UpdateListRequest(changes, description), Update(body).Value);

    [Theory]
    [InlineData("""{"description":"x","name":"b"}""", "/name", "unknown member 'name'; there can only be 'description'")]
    [InlineData("""{"kind":"ip"}""", "/kind", "unknown member 'kind'; there can only be 'description'")]
    [InlineData("""{"description":5}""", "/description", "'description' must be a string, not a number")]
    [InlineData("", null, """the body is empty; send {"description":"my list"}""")]
    [InlineData("null", null, """the body is null; send {"description":"my list"}""")]
    public void An_update_takes_nothing_but_a_description(string body, string? place, string text) =>
        Assert.Equal([new ListError(10026, $"filters.api.invalid_json: {text}", place)], Update(body).Errors);

    [Fact]
    public void Rubbish_never_throws()
    {
        var random = new Random(23);
        var good = Encoding.UTF8.GetBytes("""{"name":"a","kind":"ip","description":"\u00e9\ud83d\ude00"}""");
        for (var round = 0; round < 20_000; round++)
        {
            var broken = good.ToArray();
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            broken[random.Next(broken.Length)] = (byte)"{}[]\":,\\nu0"[random.Next(11)];
            var (create, update) = (ListRequests.ReadCreate(broken), ListRequests.ReadUpdate(broken));
            Assert.True(create.IsGood(out _) != create.Errors.Count > 0);
            Assert.True(update.IsGood(out _) != update.Errors.Count > 0);
        }
    }

    private static BodyReading<CreateListRequest> Create(string body) => ListRequests.ReadCreate(Encoding.UTF8.GetBytes(body));

    private static BodyReading<UpdateListRequest> Update(string body) => ListRequests.ReadUpdate(Encoding.UTF8.GetBytes(body));
}
