using System.Text.Json;
using Longhaul.AspNetCore;
using Longhaul.Hosting;
using Longhaul.Hosting.Bodies;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists.Lookup;

/// <summary>Look-ups in a list, which the vendor's API has not: under a name of our own, so that none of its routes can be meant.</summary>
internal static class LookupEndpoints
{
    public static void MapLookups(this IEndpointRouteBuilder routes)
    {
        var lists = routes.MapGroup("/client/v4/accounts/{accountId}/longhaul/lists/{listId}").WithGroupName("lists");
        lists.MapGet("/contains", ListsEndpoints.Call(Contains, Need.Read)).WithMetadata(LookupOpenApi.Contains);
        lists.MapGet("/resolve", ListsEndpoints.Call(Resolve, Need.Read)).WithMetadata(LookupOpenApi.Resolve);
    }

    /// <summary>Tells which items of a list cover an address or range, a host name or an AS number, the most specific one first.</summary>
    private static async Task Contains(ListsCall call)
    {
        var value = ReadText(call, "value", "?value=192.0.2.1");
        if (await call.Api.Lookup.FindAsync(call.Account, call.ListId, value, call.Aborted) is not { } items)
        {
            throw new CloudflareRefusedException(await RefuseValueAsync(call, value));
        }

        await CloudflareWire.WriteAsync(call.Context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("value", value);
            writer.WriteBoolean("contained", items.Count > 0);
            writer.WriteStartArray("items");
            foreach (var item in items)
            {
                ListsWire.Write(writer, item);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    /// <summary>Tells which redirect of a list a request would take, and where it would go.</summary>
    private static async Task Resolve(ListsCall call)
    {
        var text = ReadText(call, "url", "?url=https%3A%2F%2Fexample.com%2Fold");
        var url = RequestUrl.Parse(text)
            ?? throw new CloudflareRefusedException(Refuse($"'{Shorten(text)}' is no absolute http or https URL; percent-encode it as a query parameter", "url"));
        var list = await call.Api.Lookup.FindListAsync(call.Account, call.ListId, call.Aborted);
        if (list.ItemKind != Items.ItemKind.Redirect)
        {
            throw new CloudflareRefusedException(Refuse($"list {list.Id} is of kind {list.Kind}; only redirect lists resolve, ask contains instead", "url"));
        }

        var match = await call.Api.Lookup.ResolveAsync(call.Account, call.ListId, url, call.Aborted);
        await CloudflareWire.WriteAsync(call.Context, writer => WriteMatch(writer, text, match));
    }

    private static void WriteMatch(Utf8JsonWriter writer, string url, RedirectMatch? match)
    {
        writer.WriteStartObject();
        writer.WriteString("url", url);
        writer.WriteBoolean("matched", match is not null);
        if (match is not null)
        {
            writer.WriteNumber("status_code", match.Status);
            writer.WriteString("location", match.Location);
            writer.WritePropertyName("item");
            ListsWire.Write(writer, match.Item);
        }

        writer.WriteEndObject();
    }

    private static string ReadText(ListsCall call, string name, string example)
    {
        var text = call.Context.Request.Query[name].ToString();
        return text.Length > 0 && !JsonStrings.HasForbidden(text) && QueryText.IsUtf8(call.Context.Request, name)
            ? text
            : throw new CloudflareRefusedException(Refuse($"the query parameter '{name}' is missing or holds U+0000 or a lone surrogate; send {example}", name));
    }

    private static async Task<CloudflareRefusal> RefuseValueAsync(ListsCall call, string value)
    {
        var list = await call.Api.Lookup.FindListAsync(call.Account, call.ListId, call.Aborted);
        return Refuse(
            list.ItemKind == Items.ItemKind.Redirect
                ? $"list {list.Id} holds redirects: ask resolve?url=… which of them a request takes"
                : $"'{Shorten(value)}' is no value of a list of kind {list.Kind}; its items look like {list.ItemKind.Example}",
            "value");
    }

    private static CloudflareRefusal Refuse(string explanation, string parameter) =>
        CloudflareRefusal.Of(400, ListError.InvalidValueCode, $"invalid value for {parameter}: {explanation}");

    private static string Shorten(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
