using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;

namespace Longhaul.Lists.Lookup;

/// <summary>
/// Indexes of the address lists that are looked up, within a bound of memory. An index serves only the revision that it was built from;
/// a look-up that finds none asks for one and reads the database meanwhile. Safe for concurrent use.
/// </summary>
internal sealed class AddressIndexes : IDisposable
{
    /// <summary>In a smaller list the database finds everything as quickly.</summary>
    private const int SmallestIndexed = 500;

    private const int MaxWaiting = 64;

    private readonly TimeProvider _clock;
    private readonly Meter _meter;
    private readonly ConcurrentDictionary<long, Slot> _slots = new();

    // Written by look-ups, read by the builder. A list that finds it full is asked for again by its next look-up.
    private readonly Channel<RulesList> _wanted = Channel.CreateBounded<RulesList>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public AddressIndexes(ListsOptions options, TimeProvider clock, IMeterFactory meters)
    {
        _clock = clock;
        MaxBytes = options.LookupMemoryBytes;
        _meter = meters.Create("Longhaul.Lists");
        _meter.CreateObservableGauge("longhaul.lookup.entries", () => Held.Sum(i => (long)i.Count), "{entry}", "Entries of the look-up indexes in memory.");
        _meter.CreateObservableGauge("longhaul.lookup.bytes", () => Held.Sum(i => i.Bytes), "By", "Memory of the look-up indexes.");
    }

    /// <summary>Lists that want an index, in the order of asking.</summary>
    public ChannelReader<RulesList> Wanted => _wanted.Reader;

    /// <summary>The index of the list's revision, or null; then one is on its way, where one may be.</summary>
    public AddressIndex? Find(RulesList list)
    {
        if (list.ItemCount < SmallestIndexed || MaxBytes == 0)
        {
            return null;
        }

        var slot = _slots.GetOrAdd(list.Number, static _ => new Slot());
        Volatile.Write(ref slot.UsedAt, _clock.GetTimestamp());
        if (Volatile.Read(ref slot.Index) is { } index && index.Revision == list.Revision)
        {
            return index;
        }

        if (Volatile.Read(ref slot.TooLargeRevision) != list.Revision && _clock.GetTimestamp() >= Volatile.Read(ref slot.NotBefore) && Interlocked.Exchange(ref slot.IsWanted, 1) == 0 && !_wanted.Writer.TryWrite(list))
        {
            Volatile.Write(ref slot.IsWanted, 0);
        }

        return null;
    }

    /// <summary>Memory that an index may take.</summary>
    public long MaxBytes { get; }

    private IEnumerable<AddressIndex> Held => _slots.Values.Select(s => s.Index).OfType<AddressIndex>();

    /// <summary>The list's revision does not fit into the bound; nobody tries again before the next one.</summary>
    public void PutTooLarge(RulesList list) => Volatile.Write(ref _slots.GetOrAdd(list.Number, static _ => new Slot()).TooLargeRevision, list.Revision);

    /// <summary>
    /// A build has ended, with an index or with none. The next one of the list waits some times as long as this one took, so that a list
    /// that always changes, or a store that is gone, does not keep a processor busy.
    /// </summary>
    public void Put(long list, AddressIndex? index, TimeSpan took)
    {
        const int Rest = 4;
        const double LeastSeconds = 0.25;
        var slot = _slots.GetOrAdd(list, static _ => new Slot());
        Volatile.Write(ref slot.NotBefore, _clock.GetTimestamp() + (long)(Math.Max(LeastSeconds, took.TotalSeconds) * Rest * _clock.TimestampFrequency));
        Volatile.Write(ref slot.Index, index);
        Volatile.Write(ref slot.IsWanted, 0);
        Evict(list);
    }

    public void Dispose() => _meter.Dispose();

    private void Evict(long kept)
    {
        var held = _slots.Where(s => s.Value.Index is not null).OrderBy(s => s.Value.UsedAt).ToList();
        var bytes = held.Sum(s => s.Value.Index!.Bytes);
        foreach (var (list, slot) in held)
        {
            if (bytes <= MaxBytes)
            {
                break;
            }

            if (list != kept)
            {
                bytes -= slot.Index!.Bytes;
                _slots.TryRemove(list, out _);
            }
        }
    }

    /// <summary>What is known of one list; each field is read and written on its own.</summary>
    private sealed class Slot
    {
        public AddressIndex? Index;
        public long UsedAt;
        public long NotBefore;
        public int IsWanted;
        public long TooLargeRevision = -1;
    }
}
