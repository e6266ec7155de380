namespace Longhaul.Lists.Lookup;

/// <summary>Builds the indexes that look-ups want, one at a time, page by page of one revision.</summary>
internal sealed partial class AddressIndexBuilder(
    AddressIndexes indexes, ListsEngine engine, ILogger<AddressIndexBuilder> logger) : BackgroundService
{
    private const int PageItems = 2_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var list in indexes.Wanted.ReadAllAsync(stoppingToken))
        {
            var begin = engine.Clock.GetTimestamp();
            AddressIndex? index = null;
            try
            {
                index = await BuildAsync(list, stoppingToken);
            }

            // An index only makes look-ups faster: whatever keeps it from being built must not end the server.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(list.Id, exception.Message);
            }

            indexes.Put(list.Number, index, engine.Clock.GetElapsedTime(begin));
        }
    }

    /// <summary>Completes with null where the index would be too large.</summary>
    private async Task<AddressIndex?> BuildAsync(RulesList list, CancellationToken cancellationToken)
    {
        var builder = new AddressIndex.Builder(list.Revision, (int)Math.Min(list.ItemCount, int.MaxValue));
        byte[]? last = null;
        while (builder.Bytes <= indexes.MaxBytes)
        {
            var page = await engine.Database.ReadOneAsync(
                (session, token) => ListsStore.ReadPageAsync(session, list.Number, list.Revision, last, false, PageItems, ItemFilter.None, token),
                cancellationToken);
            foreach (var item in page)
            {
                builder.Add(item);
            }

            if (page.Count < PageItems)
            {
                // A revision that was replaced while it was read may have lost rows to the purge; but then nobody asks for it again.
                return builder.Build();
            }

            last = page[^1].SortKey;
        }

        indexes.PutTooLarge(list);
        return null;
    }

    [LoggerMessage(EventId = 311, Level = LogLevel.Warning, Message = "The look-up index of list {List} could not be built and will be tried again: {Reason}")]
    private partial void LogFailed(string list, string reason);
}
