using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon;

/// <summary>Copies an object with what is nested in it and the links inside, from one snapshot into the chunks of a clone.</summary>
internal sealed class CloneReader(SaymonEngine engine, string account, IngestBudget.Share share)
{
    private const int ChunkEntries = 300;
    private const long ChunkBytes = 1L << 20;

    private readonly Dictionary<string, string> _newIds = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<CloneEntry> _open = [];
    private readonly List<ChunkInput> _chunks = [];
    private long _openBytes;
    private long _bytes;
    private long _entries;

    public IReadOnlyList<ChunkInput> Chunks => _chunks;

    /// <summary>Id of the new root.</summary>
    public string RootId => _newIds[_order[0]];

    /// <summary>Reads everything; completes with a fault when there is no such object or no memory for it.</summary>
    public async ValueTask<SaymonFault?> ReadAsync(DbSession session, string root, CancellationToken cancellationToken)
    {
        if (await SaymonStore.FindAsync(session, account, root, forUpdate: false, cancellationToken) is null)
        {
            return SaymonFault.Unknown("Object", root);
        }

        foreach (var id in await Subtree.ReadAsync(session, account, root, cancellationToken))
        {
            _newIds.Add(id, engine.Ids.Next());
            _order.Add(id);
        }

        foreach (var ids in _order.Chunk(SaymonStore.Batch))
        {
            foreach (var row in await SaymonStore.ReadAllAsync(session, account, [.. ids.Order(StringComparer.Ordinal)], cancellationToken))
            {
                Add(new CloneEntry(row.Id, _newIds[row.Id], null, Copy(row)));
            }

            if (!share.TryGrowTo(_bytes))
            {
                return new SaymonFault(SaymonFaultCodes.ServiceUnavailable, "too many bodies are being read; try again later");
            }
        }

        foreach (var ids in _order.Chunk(SaymonStore.Batch))
        {
            foreach (var link in await SaymonStore.ReadLinksFromAsync(session, ids, cancellationToken))
            {
                if (_newIds.TryGetValue(link.Target, out var target))
                {
                    Add(new CloneEntry(link.Id, engine.Ids.Next(), (_newIds[link.Source], target), LinkDocument.WithNewIds(link.Stored, engine.Ids)));
                }
            }

            if (!share.TryGrowTo(_bytes))
            {
                return new SaymonFault(SaymonFaultCodes.ServiceUnavailable, "too many bodies are being read; try again later");
            }
        }

        Close();
        return null;
    }

    private byte[] Copy(ObjectRow row)
    {
        var document = ObjectDocument.Parse(row.Stored);
        if (row.Id != _order[0])
        {
            document.Set(ObjectField.ParentId, FieldValue.Ids(document.Texts(ObjectField.ParentId).Select(p => _newIds.GetValueOrDefault(p, p))));
        }

        // It is unique, so a copy cannot have it.
        document.Set(ObjectField.DiscoveryId, default);
        foreach (var property in document.Properties.ToList())
        {
            document.Put(property with { Id = engine.Ids.Next() });
        }

        return document.ToBytes();
    }

    private void Add(CloneEntry entry)
    {
        if (_open.Count == ChunkEntries || (_open.Count > 0 && _openBytes + entry.Stored.Length > ChunkBytes))
        {
            Close();
        }

        _open.Add(entry);
        _openBytes += entry.Stored.Length;
    }

    private void Close()
    {
        if (_open.Count == 0)
        {
            return;
        }

        var payload = CloneEntry.Write(_open);
        _chunks.Add(new ChunkInput(_open.Count, _entries, () => payload));
        _bytes += payload.Length;
        _entries += _open.Count;
        _open.Clear();
        _openBytes = 0;
    }
}
