using System.Buffers;
using Longhaul.Engine.Storage;
using Longhaul.Hosting.Cloudflare;

namespace Longhaul.Lists.Transfer;

/// <summary>
/// One export: the items of one revision as pages of bytes, each read in a short snapshot of its own, so that a slow reader holds neither
/// a transaction nor more than a page of memory. Used by one request.
/// </summary>
internal sealed class ExportPages(ListsEngine engine, RulesList list, ExportForm form)
{
    private const int PageBytes = 256 << 10;
    private const int FewestRows = 16;
    private const int MostRows = 4_096;

    private readonly ArrayBufferWriter<byte> _page = new();
    private int _rowLimit = FewestRows * FewestRows;
    private byte[]? _after;

    /// <summary>The page that was read last; valid until the next.</summary>
    public ReadOnlyMemory<byte> Page => _page.WrittenMemory;

    /// <summary>Reads the next page. Completes with false when it is the last.</summary>
    /// <exception cref="CloudflareRefusedException">The list was deleted, or its revision is not held any more.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var read = await engine.Database.ReadAsync(ReadPageAsync, cancellationToken);
        if (read.Rows > 0)
        {
            // The next page asks for about as many rows as fit, since a row may have ten bytes or ten thousand.
            _after = read.LastKey;
            _rowLimit = (int)Math.Clamp((long)PageBytes * read.Rows / _page.WrittenCount, FewestRows, MostRows);
        }

        return read.HasMore;
    }

    // It may run twice, so it starts from nothing.
    private async ValueTask<PageRead> ReadPageAsync(DbSession session, CancellationToken cancellationToken)
    {
        await CheckRevisionAsync(session, cancellationToken);
        var rows = 0;
        var key = new ArrayBufferWriter<byte>();
        _page.ResetWrittenCount();
        await ListsStore.ScanItemsAsync(
            session,
            list,
            _after,
            _rowLimit,
            row =>
            {
                form.Write(row, _page);
                rows++;
                var isLast = rows == _rowLimit || _page.WrittenCount >= PageBytes;
                if (isLast)
                {
                    key.Write(row.Bytes(0));
                }

                return !isLast;
            },
            cancellationToken);
        return new PageRead(rows, key.WrittenCount > 0, key.WrittenSpan.ToArray());
    }

    private async ValueTask CheckRevisionAsync(DbSession session, CancellationToken cancellationToken)
    {
        var present = await ListsStore.FindAsync(session, list.Number, forUpdate: false, cancellationToken)
            ?? throw new CloudflareRefusedException(ListsRefusal.UnknownList(list.Id));
        var heldSince = engine.Clock.GetUtcNow().ToUnixTimeMilliseconds() - (engine.Options.RevisionHoldSeconds * 1_000L);
        if (!await ListsStore.IsHeldAsync(session, present, list.Revision, heldSince, cancellationToken))
        {
            throw new CloudflareRefusedException(CloudflareRefusal.Unavailable());
        }
    }

    private sealed record PageRead(int Rows, bool HasMore, byte[] LastKey);
}
