using System.Diagnostics.Metrics;

namespace Longhaul.Engine;

/// <summary>What the engine counts, under the meter <c>Longhaul.Engine</c>.</summary>
internal sealed class EngineMeter : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _items;
    private readonly Counter<long> _chunks;
    private readonly Counter<long> _submitted;

    public EngineMeter(IMeterFactory meters)
    {
        _meter = meters.Create("Longhaul.Engine");
        _items = _meter.CreateCounter<long>("longhaul.item.count", "{item}", "Items settled by this node.");
        _chunks = _meter.CreateCounter<long>("longhaul.chunk.count", "{chunk}", "Chunks settled by this node.");
        _submitted = _meter.CreateCounter<long>("longhaul.operation.submitted", "{operation}", "Operations accepted by this node.");
    }

    public void Settled(string kind, long items)
    {
        _items.Add(items, new KeyValuePair<string, object?>("kind", kind));
        _chunks.Add(1, new KeyValuePair<string, object?>("kind", kind));
    }

    public void Submitted(string kind) => _submitted.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Dispose() => _meter.Dispose();
}
