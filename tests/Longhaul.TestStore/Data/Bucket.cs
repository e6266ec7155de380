namespace Longhaul.TestStores.Data;

/// <summary>
/// A bucket: objects in key order and the uploads under way. Everything public takes the lock itself; objects are immutable, so what is
/// handed out stays true of the moment. Objects lie in sorted blocks, which is small and quick to insert into and to walk through.
/// </summary>
public sealed class Bucket(string name, DateTimeOffset createdAt, TimeProvider clock)
{
    private const int BlockLimit = 512;

    private readonly Lock _gate = new();
    private readonly List<List<StoredObject>> _blocks = [];
    private readonly Dictionary<string, MultipartUpload> _uploads = [];

    public string Name => name;

    public DateTimeOffset CreatedAt => createdAt;

    public int Count { get; private set; }

    /// <summary>All objects in key order.</summary>
    public IReadOnlyList<StoredObject> Objects => Read(() => _blocks.SelectMany(b => b).ToArray());

    public IReadOnlyList<string> Keys => Read(() => _blocks.SelectMany(b => b).Select(o => o.Key).ToArray());

    public IReadOnlyList<MultipartUpload> Uploads =>
        Read(() => _uploads.Values.OrderBy(u => u.Key, KeyOrder.Instance).ThenBy(u => u.Id, StringComparer.Ordinal).ToArray());

    public StoredObject? this[string key] => Find(key);

    public StoredObject? Find(string key) => Read(() => TryLocate(key, out var block, out var index) ? _blocks[block][index] : null);

    /// <summary>Puts an object as if it had been uploaded. Headers are system headers and x-amz-meta-*.</summary>
    public StoredObject Put(string key, ReadOnlySpan<byte> bytes, params (string Name, string Value)[] headers) =>
        Put(new StoredObject(key, new ByteContent(bytes.ToArray()), clock.GetUtcNow(), Details(headers)));

    public StoredObject Put(string key, Content content, ObjectDetails? details = null) =>
        Put(new StoredObject(key, content, clock.GetUtcNow(), details));

    public StoredObject Put(StoredObject value)
    {
        TryPut(value, _ => true);
        return value;
    }

    /// <summary>Puts an object built as a multipart upload of parts of this size would build it, with the ETag of one.</summary>
    public StoredObject PutMultipart(string key, ReadOnlySpan<byte> bytes, int partBytes, ObjectDetails? details = null)
    {
        var parts = new List<byte[]>();
        for (var at = 0; at < bytes.Length; at += partBytes)
        {
            parts.Add(bytes.Slice(at, Math.Min(partBytes, bytes.Length - at)).ToArray());
        }

        var hashes = parts.SelectMany(System.Security.Cryptography.MD5.HashData).ToArray();
        return Put(new StoredObject(
            key,
            new JoinedContent(parts.Select(p => new ByteContent(p))),
            ETag.Of(System.Security.Cryptography.MD5.HashData(hashes), parts.Count),
            clock.GetUtcNow(),
            (details ?? ObjectDetails.None) with { PartSizes = [.. parts.Select(p => (long)p.Length)] }));
    }

    /// <summary>Adds objects whose content is computed from their key: <c>{prefix}{number of eight digits}</c>, from 0.</summary>
    public void Seed(int count, long size, string prefix = "object-", ObjectDetails? details = null)
    {
        for (var i = 0; i < count; i++)
        {
            var key = $"{prefix}{i:D8}";
            Put(new StoredObject(key, new SyntheticContent(SyntheticContent.SeedOf(key), size), clock.GetUtcNow(), details));
        }
    }

    /// <summary>Puts the object where the predicate, given what is there or null, says so; false where it does not.</summary>
    public bool TryPut(StoredObject value, Func<StoredObject?, bool> when)
    {
        lock (_gate)
        {
            var exists = TryLocate(value.Key, out var block, out var index);
            if (!when(exists ? _blocks[block][index] : null))
            {
                return false;
            }

            if (exists)
            {
                _blocks[block][index] = value;
            }
            else
            {
                Insert(block, index, value);
            }

            return true;
        }
    }

    public bool Remove(string key)
    {
        lock (_gate)
        {
            if (!TryLocate(key, out var block, out var index))
            {
                return false;
            }

            _blocks[block].RemoveAt(index);
            Count--;
            if (_blocks[block].Count == 0)
            {
                _blocks.RemoveAt(block);
            }

            return true;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _blocks.Clear();
            _uploads.Clear();
            Count = 0;
        }
    }

    /// <summary>Runs an action on the uploads under the lock.</summary>
    public T WithUploads<T>(Func<Dictionary<string, MultipartUpload>, T> action) => Read(() => action(_uploads));

    /// <summary>
    /// One page: keys from the place on that begin with the prefix, up to the limit, those with the delimiter behind the prefix rolled up.
    /// </summary>
    public ListPage List(ListFrom from, string prefix, string delimiter, int limit)
    {
        var page = new ListPage();
        if (limit == 0)
        {
            return page;
        }

        lock (_gate)
        {
            var (block, index) = Seek(from, prefix);
            while (block < _blocks.Count)
            {
                if (index >= _blocks[block].Count)
                {
                    (block, index) = (block + 1, 0);
                    continue;
                }

                var at = _blocks[block][index];
                if (!at.Key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    break;
                }

                if (page.Count == limit)
                {
                    page.IsTruncated = true;
                    break;
                }

                var cut = delimiter.Length == 0 ? -1 : at.Key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
                if (cut < 0)
                {
                    page.Add(at);
                    index++;
                    continue;
                }

                var group = at.Key[..(cut + delimiter.Length)];
                page.Add(group);
                (block, index) = Seek(key => KeyOrder.Compare(key, group) > 0 && !key.StartsWith(group, StringComparison.Ordinal));
            }
        }

        return page;
    }

    private static ObjectDetails? Details((string Name, string Value)[] headers) => headers.Length == 0
        ? null
        : new ObjectDetails { Headers = headers.ToDictionary(h => h.Name.ToLowerInvariant(), h => h.Value) };

    private (int Block, int Index) Seek(ListFrom from, string prefix)
    {
        var begin = Seek(key => KeyOrder.Compare(key, prefix) >= 0);
        if (from.After.Length == 0)
        {
            return begin;
        }

        var after = from.SkipGroup
            ? Seek(key => KeyOrder.Compare(key, from.After) > 0 && !key.StartsWith(from.After, StringComparison.Ordinal))
            : Seek(key => KeyOrder.Compare(key, from.After) > 0);
        return after.CompareTo(begin) > 0 ? after : begin;
    }

    /// <summary>The first place whose key satisfies the predicate, which all later keys must satisfy too.</summary>
    private (int Block, int Index) Seek(Func<string, bool> reached)
    {
        int low = 0, high = _blocks.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = reached(_blocks[middle][^1].Key) ? (low, middle) : (middle + 1, high);
        }

        if (low == _blocks.Count)
        {
            return (low, 0);
        }

        var block = _blocks[low];
        int first = 0, last = block.Count - 1;
        while (first < last)
        {
            var middle = (first + last) / 2;
            (first, last) = reached(block[middle].Key) ? (first, middle) : (middle + 1, last);
        }

        return (low, first);
    }

    private bool TryLocate(string key, out int block, out int index)
    {
        (block, index) = Seek(other => KeyOrder.Compare(other, key) >= 0);
        return block < _blocks.Count && _blocks[block][index].Key == key;
    }

    private void Insert(int block, int index, StoredObject value)
    {
        Count++;
        if (block == _blocks.Count)
        {
            if (block == 0 || _blocks[block - 1].Count >= BlockLimit)
            {
                _blocks.Add([value]);
                return;
            }

            _blocks[block - 1].Add(value);
            return;
        }

        var into = _blocks[block];
        into.Insert(index, value);
        if (into.Count > BlockLimit)
        {
            var half = into.Count / 2;
            _blocks.Insert(block + 1, into.GetRange(half, into.Count - half));
            into.RemoveRange(half, into.Count - half);
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
