using System.Globalization;
using Longhaul.AspNetCore;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Hosting.Bodies;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Lookup;
using Longhaul.Lists.Transfer;

namespace Longhaul.Lists;

/// <summary>The routes of the Lists face.</summary>
internal static class ListsEndpoints
{
    private const int DefaultPerPage = 25;
    private const int MaxPerPage = 500;

    public static void MapLists(this IEndpointRouteBuilder routes)
    {
        var lists = routes.MapGroup("/client/v4/accounts/{accountId}/rules/lists").WithGroupName("lists");
        lists.MapGet("", Call(ListLists, Need.Read)).WithMetadata(ListsOpenApi.ListLists);
        lists.MapPost("", Call(CreateList, Need.Edit)).WithMetadata(ListsOpenApi.CreateList);
        lists.MapGet("/{listId}", Call(GetList, Need.Read)).WithMetadata(ListsOpenApi.GetList);
        lists.MapPut("/{listId}", Call(UpdateList, Need.Edit)).WithMetadata(ListsOpenApi.UpdateList);
        lists.MapDelete("/{listId}", Call(DeleteList, Need.Edit)).WithMetadata(ListsOpenApi.DeleteList);
        lists.MapGet("/{listId}/items", Call(ListItems, Need.Read)).WithMetadata(ListsOpenApi.ListItems);
        lists.MapPost("/{listId}/items", Call(AppendItems, Need.Edit)).WithMetadata(ListsOpenApi.AppendItems);
        lists.MapPut("/{listId}/items", Call(ReplaceItems, Need.Edit)).WithMetadata(ListsOpenApi.ReplaceItems);
        lists.MapDelete("/{listId}/items", Call(DeleteItems, Need.Edit)).WithMetadata(ListsOpenApi.DeleteItems);
        lists.MapGet("/{listId}/items/{itemId}", Call(GetItem, Need.Read)).WithMetadata(ListsOpenApi.GetItem);
        lists.MapGet("/bulk_operations/{operationId}", Call(GetOperation, Need.Read)).WithMetadata(ListsOpenApi.GetOperation);
        routes.MapLookups();
        routes.MapTransfer();
    }

    internal static RequestDelegate Call(Func<ListsCall, Task> handler, Need need) => context => ListsCall.RunAsync(context, handler, need);

    /// <summary>Lists all lists of an account, without their items.</summary>
    private static async Task ListLists(ListsCall call)
    {
        var lists = await call.Api.Lists.ListAsync(call.Account, call.Aborted);
        await CloudflareWire.WriteAsync(call.Context, writer =>
        {
            writer.WriteStartArray();
            foreach (var list in lists)
            {
                ListsWire.Write(writer, list);
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>Makes an empty list.</summary>
    private static async Task CreateList(ListsCall call)
    {
        var key = call.ReadKey();
        using var body = await call.ReadBodyAsync();
        var scope = key is null ? null : RequestPreferences.KeyScope(call.Context.Request, call.Principal, key);
        var fingerprint = RequestPreferences.Fingerprint(call.Context.Request, body.Bytes.Span);
        if (scope is not null && await ReplayAsync(call, scope, fingerprint))
        {
            return;
        }

        var read = ListRequests.ReadCreate(body.Bytes.Span);
        var request = read.Value ?? throw new CloudflareRefusedException(ListsRefusal.Invalid(read.Errors));
        RulesList list;
        try
        {
            list = await call.Api.Lists.CreateAsync(
                call.Account,
                request,
                list => scope is null ? null : new IdempotencyKeyOfList(
                    scope, fingerprint, new StoredAnswer(StatusCodes.Status200OK, null, CloudflareWire.ToBytes(w => ListsWire.Write(w, list), []))),
                call.Aborted);
        }
        catch (CloudflareRefusedException) when (scope is not null)
        {
            // A request with the same key may have been first: then its answer is this one's, not what it left in the way.
            if (await ReplayAsync(call, scope, fingerprint))
            {
                return;
            }

            throw;
        }

        await CloudflareWire.WriteAsync(call.Context, writer => ListsWire.Write(writer, list));
    }

    /// <summary>Reads a list.</summary>
    private static async Task GetList(ListsCall call)
    {
        var list = await call.Api.Lists.GetAsync(call.Account, call.ListId, call.Aborted);
        await CloudflareWire.WriteAsync(call.Context, writer => ListsWire.Write(writer, list));
    }

    /// <summary>Changes the description of a list.</summary>
    private static async Task UpdateList(ListsCall call)
    {
        using var body = await call.ReadBodyAsync();
        await call.Api.Lists.GetAsync(call.Account, call.ListId, call.Aborted);
        var read = ListRequests.ReadUpdate(body.Bytes.Span);
        var change = read.Value ?? throw new CloudflareRefusedException(ListsRefusal.Invalid(read.Errors));
        var list = await call.Api.Lists.DescribeAsync(call.Account, call.ListId, change, call.Aborted);
        await CloudflareWire.WriteAsync(call.Context, writer => ListsWire.Write(writer, list));
    }

    /// <summary>Removes a list with its items. No reader sees it any more once this has answered.</summary>
    private static async Task DeleteList(ListsCall call)
    {
        await call.Api.Lists.DeleteAsync(call.Account, call.ListId, call.Aborted);
        await CloudflareWire.WriteAsync(call.Context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id", call.ListId);
            writer.WriteEndObject();
        });
    }

    /// <summary>Reads a page of items; all pages of one cursor chain show one revision.</summary>
    private static async Task ListItems(ListsCall call)
    {
        var page = await call.Api.Lists.ReadItemsAsync(call.Account, call.ListId, ReadQuery(call.Context.Request), call.Aborted);
        await CloudflareWire.WriteAsync(
            call.Context,
            writer =>
            {
                writer.WriteStartArray();
                foreach (var item in page.Items)
                {
                    ListsWire.Write(writer, item);
                }

                writer.WriteEndArray();
            },
            page.Before is null && page.After is null ? null : writer => ListsWire.WriteCursors(writer, page.Before, page.After));
    }

    /// <summary>Reads one item.</summary>
    private static async Task GetItem(ListsCall call)
    {
        var item = await call.Api.Lists.GetItemAsync(call.Account, call.ListId, call.Route("itemId"), call.Aborted);
        await CloudflareWire.WriteAsync(call.Context, writer => ListsWire.Write(writer, item));
    }

    /// <summary>Adds items to a list. Answers as soon as the operation is durable, before any item is written.</summary>
    private static Task AppendItems(ListsCall call) => PutItemsAsync(call, call.Api.Append);

    /// <summary>Replaces all items of a list at one instant. Answers as soon as the operation is durable.</summary>
    private static Task ReplaceItems(ListsCall call) => PutItemsAsync(call, call.Api.Replace);

    /// <summary>Removes items by their ids. Answers as soon as the operation is durable.</summary>
    private static Task DeleteItems(ListsCall call) => SubmitAsync(call, (list, body, key) =>
    {
        var read = DeletionReader.Read(body.Span, list.ItemKind, call.Api.Limits);
        RefuseTooMany(call, read.IsTooMany);
        var deletions = read.Value ?? throw new CloudflareRefusedException(ListsRefusal.Invalid(read.Errors));
        return (call.Api.Delete.Submit(list, deletions, call.Principal, "{}", key([])), []);
    });

    /// <summary>Reads the status of a bulk operation. What it changed can be read the moment it is completed.</summary>
    private static async Task GetOperation(ListsCall call)
    {
        var wait = call.ReadWait();
        var operation = await call.Api.Lists.FindOperationAsync(call.Account, call.Route("operationId"), wait, call.Aborted);
        RequestPreferences.ConfirmWait(call.Context.Response, wait);
        CloudflareWire.AddMonitor(call.Context.Response, operation.Id);
        if (!operation.State.IsFinal)
        {
            call.Context.Response.Headers.RetryAfter = "1";
        }

        await CloudflareWire.WriteAsync(call.Context, writer => ListsWire.WriteStatus(writer, operation));
    }

    private static Task PutItemsAsync(ListsCall call, PutOperation kind) => SubmitAsync(call, (list, body, key) =>
    {
        var read = ItemsReader.Read(body.Span, list.ItemKind, call.Api.Limits);
        RefuseTooMany(call, read.IsTooMany);
        var items = read.Value ?? throw new CloudflareRefusedException(ListsRefusal.Invalid(read.Errors));
        return (kind.Submit(list, items, call.Principal, "{}", key(items.Messages)), items.Messages);
    });

    internal static async Task SubmitAsync(
        ListsCall call,
        Func<RulesList, ReadOnlyMemory<byte>, Func<IReadOnlyList<ListMessage>, IdempotencyKey?>, (Submission Submission, IReadOnlyList<ListMessage> Messages)> prepare,
        string meaning = "")
    {
        var wait = call.ReadWait();
        var key = call.ReadKey();
        var list = await call.Api.Lists.GetAsync(call.Account, call.ListId, call.Aborted);
        using var body = await call.ReadBodyAsync();
        var (submission, messages) = prepare(list, body.Bytes, told => key is null ? null : MakeKey(call, key, body.Bytes, meaning, told));
        var result = await call.Api.Operations.SubmitAsync(submission with { RequestId = call.Context.TraceIdentifier }, call.Aborted);
        if (result.IsRefused(out var refusal, out var submitted))
        {
            throw new CloudflareRefusedException(ListsCall.ToWire(refusal));
        }

        if (submitted.Replayed is { } replayed)
        {
            await call.ReplayAsync(replayed);
            return;
        }

        var id = submitted.Operation!.Id;
        if (wait is { } atMost)
        {
            await call.Api.Operations.WaitAsync(id, o => o.State.IsFinal, atMost, call.Aborted);
            RequestPreferences.ConfirmWait(call.Context.Response, wait);
        }

        CloudflareWire.AddMonitor(call.Context.Response, id);
        await CloudflareWire.WriteAsync(call.Context, writer => ListsWire.WriteOperationId(writer, id), messages: ListsWire.ToNotes(messages));
    }

    private static IdempotencyKey MakeKey(ListsCall call, string key, ReadOnlyMemory<byte> body, string meaning, IReadOnlyList<ListMessage> messages) => new(
        RequestPreferences.KeyScope(call.Context.Request, call.Principal, key),
        RequestPreferences.Fingerprint(call.Context.Request, body.Span, meaning),
        operation => new StoredAnswer(StatusCodes.Status200OK, null, CloudflareWire.ToBytes(w => ListsWire.WriteOperationId(w, operation.Id), ListsWire.ToNotes(messages))));

    private static async Task<bool> ReplayAsync(ListsCall call, byte[] scope, byte[] fingerprint)
    {
        if (await call.Api.Operations.FindReplayAsync(scope, fingerprint, call.Aborted) is not { } earlier)
        {
            return false;
        }

        if (earlier.IsRefused(out var refusal, out var submitted))
        {
            throw new CloudflareRefusedException(ListsCall.ToWire(refusal));
        }

        await call.ReplayAsync(submitted.Replayed!);
        return true;
    }

    internal static void RefuseTooMany(ListsCall call, bool isTooMany)
    {
        if (isTooMany)
        {
            throw new CloudflareRefusedException(CloudflareRefusal.Of(413, 19030, ListsMessages.TooManyItems(call.Api.Options.MaxItemsPerRequest)));
        }
    }

    private static ItemsQuery ReadQuery(HttpRequest request)
    {
        var query = request.Query;
        var search = query["search"].ToString();
        if (JsonStrings.HasForbidden(search) || !QueryText.IsUtf8(request, "search"))
        {
            throw new CloudflareRefusedException(ListsRefusal.BadSearch());
        }

        var cursor = query["cursor"].ToString();
        return new ItemsQuery(
            ReadPerPage(query["per_page"].ToString()),
            cursor.Length == 0 ? null : ItemCursor.Parse(cursor) ?? throw new CloudflareRefusedException(ListsRefusal.BadCursor()),
            search,
            query["match"].ToString() == "exact");
    }

    private static int ReadPerPage(string text)
    {
        if (text.Length == 0)
        {
            return DefaultPerPage;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 1 and <= MaxPerPage
            ? size
            : throw new CloudflareRefusedException(ListsRefusal.BadCursor($"per_page must be 1..{MaxPerPage}"));
    }
}
