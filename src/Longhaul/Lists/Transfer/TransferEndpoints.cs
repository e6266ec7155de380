using System.IO.Compression;
using Longhaul.Hosting;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists.Transfer;

/// <summary>Whole lists out and in: routes of ours, beside the vendor's.</summary>
internal static class TransferEndpoints
{
    public static void MapTransfer(this IEndpointRouteBuilder routes)
    {
        var lists = routes.MapGroup("/client/v4/accounts/{accountId}/longhaul/lists/{listId}").WithGroupName("lists");
        lists.MapMethods("/export", [HttpMethods.Get, HttpMethods.Head], ListsEndpoints.Call(Export, Need.Read)).WithMetadata(TransferOpenApi.Export);
        lists.MapPost("/import", ListsEndpoints.Call(Import, Need.Edit)).WithMetadata(TransferOpenApi.Import);
    }

    /// <summary>Streams the present revision of a list in the order of its keys. A revision that is known already costs one small read.</summary>
    private static async Task Export(ListsCall call)
    {
        var (request, response) = (call.Context.Request, call.Context.Response);
        var format = TransferWire.ReadExportFormat(request);
        var isGzip = TransferWire.TakesGzip(request);
        var list = await call.Api.Lists.GetAsync(call.Account, call.ListId, call.Aborted);
        var tag = TransferWire.Tag(list, format, isGzip);
        if (TransferWire.Has(request, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            TransferWire.SetHeaders(response, list, tag);
            return;
        }

        if (HttpMethods.IsHead(request.Method))
        {
            TransferWire.SetHeaders(response, list, tag);
            TransferWire.SetContent(response, list, format, isGzip);
            return;
        }

        // Before the first byte a fault can still be told; behind it only the connection can end.
        var engine = call.Context.RequestServices.GetRequiredService<ListsEngine>();
        var pages = new ExportPages(engine, list, ExportForm.For(format, list.ItemKind));
        var hasMore = await pages.ReadAsync(call.Aborted);
        TransferWire.SetHeaders(response, list, tag);
        TransferWire.SetContent(response, list, format, isGzip);
        response.ContentLength = isGzip || hasMore ? null : pages.Page.Length;
        await response.StartAsync(call.Aborted);
        await SendAsync(call, pages, hasMore, isGzip);
    }

    /// <summary>Adds the items of a file to a list, or replaces all of its items by them. Answers as soon as the operation is durable.</summary>
    private static Task Import(ListsCall call)
    {
        var format = TransferWire.ReadImportFormat(call.Context.Request);
        var isReplace = TransferWire.ReadIsReplace(call.Context.Request);
        PutOperation kind = isReplace ? call.Api.Replace : call.Api.Append;
        return ListsEndpoints.SubmitAsync(call, (list, body, key) =>
        {
            var read = ImportReader.Read(body.Span, format, list.ItemKind, call.Api.Limits);
            ListsEndpoints.RefuseTooMany(call, read.IsTooMany);
            var items = read.Value ?? throw new CloudflareRefusedException(ListsRefusal.Invalid(read.Errors));
            if (isReplace && items.Count == 0 && format != TransferFormat.JsonArray)
            {
                // What a broken pipe sends must not empty a list.
                throw new CloudflareRefusedException(ListsRefusal.Invalid([ListError.InvalidJson("the body has no items; to empty the list send [] as application/json")]));
            }

            return (kind.Submit(list, items, call.Principal, "{}", key(items.Messages)), items.Messages);
        }, format.ToString());
    }

    private static async Task SendAsync(ListsCall call, ExportPages pages, bool hasMore, bool isGzip)
    {
        var body = call.Context.Response.Body;
        await using var packed = isGzip ? new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true) : null;
        try
        {
            await (packed ?? body).WriteAsync(pages.Page, call.Aborted);
            while (hasMore)
            {
                hasMore = await pages.ReadAsync(call.Aborted);
                await (packed ?? body).WriteAsync(pages.Page, call.Aborted);
            }
        }
        catch
        {
            // Before the packer writes its end: half a list must not look like a whole one.
            call.Context.Abort();
            throw;
        }
    }
}
