using System.Text.Json;
using Longhaul.Hosting.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Bodies;

/// <summary>The same reading for items that come one by one, each a JSON text of its own, instead of in an array.</summary>
internal sealed partial class ItemsReader
{
    private bool _takesShownItems;

    /// <summary>
    /// Starts with no item. The length of the body is a hint. Items may carry what answers add to them: <c>id</c>, <c>created_on</c> and
    /// <c>modified_on</c> are passed over.
    /// </summary>
    public static ItemsReader OneByOne(ItemKind kind, BodyLimits limits, int bodyLength) =>
        new(kind, limits, bodyLength) { _takesShownItems = true };

    /// <summary>Reads one item, which is valid UTF-8; indexes come in ascending order.</summary>
    public void Add(ReadOnlySpan<byte> item, int index)
    {
        var before = _errors.Count;
        var reader = new Utf8JsonReader(item, StrictJson.Options);
        try
        {
            reader.Read();
            ReadItem(ref reader, index);
            StrictJson.ExpectEnd(ref reader);
        }
        catch (JsonException exception)
        {
            // An item has one error, the first.
            if (_errors.Count == before)
            {
                _errors.AddInvalidJson(index, $"/{index}", StrictJson.Explain(exception));
            }
        }
    }

    /// <summary>Takes note of an item that is no item at all.</summary>
    public void Refuse(int index, string explanation) => _errors.AddInvalidJson(index, $"/{index}", explanation);

    /// <summary>Sorts what was added.</summary>
    public BodyReading<ParsedItems> End() => Finish();

    private static bool TrySkipShownMember(ref Utf8JsonReader reader)
    {
        if (!reader.ValueTextEquals("id"u8) && !reader.ValueTextEquals("created_on"u8) && !reader.ValueTextEquals("modified_on"u8))
        {
            return false;
        }

        reader.Read();
        StrictJson.TrySkip(ref reader);
        return true;
    }
}
