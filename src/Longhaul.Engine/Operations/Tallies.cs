using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace Longhaul.Engine.Operations;

/// <summary>Named sums that a kind adds up over its chunks, such as how many items were added. Immutable.</summary>
public sealed class Tallies
{
    private readonly FrozenDictionary<string, long> _values;

    private Tallies(FrozenDictionary<string, long> values) => _values = values;

    /// <summary>No sums.</summary>
    public static Tallies None { get; } = new(FrozenDictionary<string, long>.Empty);

    /// <summary>The sum that counts bytes moved.</summary>
    public const string BytesName = "bytes";

    /// <summary>No bytes yet: what an operation that moves bytes begins with.</summary>
    internal static Tallies NoBytes { get; } = new(new Dictionary<string, long>(StringComparer.Ordinal) { [BytesName] = 0 }.ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>The sum of that name; null when it was never begun.</summary>
    public long? Find(string name) => _values.TryGetValue(name, out var value) ? value : null;

    /// <summary>The sum of that name; 0 when nothing was added to it.</summary>
    public long this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Makes sums from pairs; zeros are left out.</summary>
    public static Tallies Of(params ReadOnlySpan<(string Name, long Value)> values)
    {
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            if (value != 0)
            {
                sums[name] = sums.GetValueOrDefault(name) + value;
            }
        }

        return sums.Count == 0 ? None : new Tallies(sums.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Adds the sums of another.</summary>
    public Tallies Plus(Tallies other)
    {
        if (other._values.Count == 0)
        {
            return this;
        }

        var sums = new Dictionary<string, long>(_values, StringComparer.Ordinal);
        foreach (var (name, value) in other._values)
        {
            sums[name] = sums.GetValueOrDefault(name) + value;
        }

        return new Tallies(sums.ToFrozenDictionary(StringComparer.Ordinal));
    }

    internal static Tallies Parse(string json)
    {
        if (json == "{}")
        {
            return None;
        }

        using var document = JsonDocument.Parse(json);
        var sums = document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt64(), StringComparer.Ordinal);
        return new Tallies(sums.ToFrozenDictionary(StringComparer.Ordinal));
    }

    internal string ToJson()
    {
        if (_values.Count == 0)
        {
            return "{}";
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in _values)
            {
                writer.WriteNumber(name, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
