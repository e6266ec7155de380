using System.Text;
using System.Text.Json;
using Longhaul.Hosting.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Bodies;

/// <summary>Reads the body of a deletion: an object with an array of objects that carry ids.</summary>
internal sealed class DeletionReader
{
    private const string ExpectedShape = """send {"items":[{"id":"..."}]}""";
    private const int MaxKeptTextLength = 256;

    private readonly BodyLimits _limits;
    private readonly BodyErrors _errors;
    private readonly ItemArena _texts = new(expectedBytes: 0);
    private readonly List<(int Index, uint Address)> _unknown = [];
    private ItemIdEntry[] _ids = [];
    private int _idCount;
    private int _itemCount;

    private DeletionReader(ItemKind kind, BodyLimits limits)
    {
        _limits = limits;
        _errors = new BodyErrors(kind.Name, limits.MaxReportedErrors);
    }

    /// <summary>The error of a request without a body, which one official client sends.</summary>
    public static ListError EmptyBody { get; } = ListError.InvalidJson(StrictJson.CheckText([], ExpectedShape)!);

    public static BodyReading<ParsedDeletion> Read(ReadOnlySpan<byte> body, ItemKind kind, BodyLimits limits) =>
        new DeletionReader(kind, limits).Read(body);

    private BodyReading<ParsedDeletion> Read(ReadOnlySpan<byte> body)
    {
        if (StrictJson.CheckText(body, ExpectedShape) is { } unreadable)
        {
            return BodyReading<ParsedDeletion>.Bad(ListError.InvalidJson(unreadable));
        }

        var reader = new Utf8JsonReader(body, StrictJson.Options);
        try
        {
            if (ReadWrapper(ref reader) is { } wrong)
            {
                return BodyReading<ParsedDeletion>.Bad(wrong);
            }

            if (_itemCount > _limits.MaxItems)
            {
                return BodyReading<ParsedDeletion>.TooMany();
            }

            StrictJson.ExpectEnd(ref reader);
        }
        catch (JsonException exception)
        {
            return BodyReading<ParsedDeletion>.Bad(ListError.InvalidJson(StrictJson.Describe(exception)));
        }

        return _errors.Count == 0
            ? BodyReading<ParsedDeletion>.Good(Finish())
            : BodyReading<ParsedDeletion>.Bad(_errors.ToList());
    }

    private ListError? ReadWrapper(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ListError.InvalidJson($"the body is {StrictJson.Describe(reader.TokenType)}; {ExpectedShape}");
        }

        var hasItems = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isItems = !JsonStrings.HasForbidden(in reader) && reader.ValueTextEquals("items"u8);
            if (!isItems || hasItems)
            {
                var fault = isItems ? "repeated member" : "unknown member";
                return ListError.InvalidJson(
                    $"{fault} {StrictJson.Quote(reader.ValueSpan)}; {ExpectedShape}",
                    StrictJson.Pointer("", in reader));
            }

            hasItems = true;
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                return ListError.InvalidJson(
                    $"'items' is {StrictJson.Describe(reader.TokenType)}; {ExpectedShape}", "/items");
            }

            ReadItems(ref reader);
            if (_itemCount > _limits.MaxItems)
            {
                return null;
            }
        }

        if (_itemCount > 0)
        {
            return null;
        }

        return hasItems
            ? ListError.InvalidJson($"'items' is empty; {ExpectedShape}", "/items")
            : ListError.InvalidJson($"'items' is missing; {ExpectedShape}");
    }

    private void ReadItems(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (++_itemCount > _limits.MaxItems)
            {
                return;
            }

            ReadItem(ref reader, _itemCount - 1);
        }
    }

    private void ReadItem(ref Utf8JsonReader reader, int index)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var sent = StrictJson.Describe(reader.TokenType);
            _errors.AddInvalidJson(
                index, $"/items/{index}", $$"""an item is an object like {"id":"..."}, not {{sent}}""");
            StrictJson.TrySkip(ref reader);
            return;
        }

        var depth = reader.CurrentDepth;
        var isSeen = false;
        var hasId = false;
        ReadOnlySpan<byte> id = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryReadMember(ref reader, index, ref isSeen))
            {
                StrictJson.SkipRest(ref reader, depth);
                return;
            }

            if (reader.TokenType == JsonTokenType.String)
            {
                hasId = true;
                id = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
            }
        }

        if (!hasId)
        {
            _errors.AddInvalidJson(index, $"/items/{index}", "member 'id' is missing");
        }
        else if (id.IsEmpty)
        {
            _errors.AddInvalidValue(index, $"/items/{index}/id", ItemFault.EmptyItemId);
        }
        else
        {
            Add(id, index);
        }
    }

    private bool TryReadMember(ref Utf8JsonReader reader, int index, ref bool isSeen)
    {
        var isId = !JsonStrings.HasForbidden(in reader) && reader.ValueTextEquals("id"u8);
        if (!isId || isSeen)
        {
            var fault = isId ? "repeated member" : "unknown member";
            _errors.AddInvalidJson(
                index,
                StrictJson.Pointer($"/items/{index}", in reader),
                $"{fault} {StrictJson.Quote(reader.ValueSpan)}");
            return false;
        }

        isSeen = true;
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            _errors.AddInvalidJson(index, $"/items/{index}/id", "'id' must be a string");
            return false;
        }

        if (JsonStrings.HasForbidden(in reader))
        {
            _errors.AddInvalidJson(index, $"/items/{index}/id", "a string in 'id' has U+0000 or a lone surrogate");
            return false;
        }

        return true;
    }

    private void Add(ReadOnlySpan<byte> text, int index)
    {
        if (!ItemIdEntry.TryParse(text, index, out var entry))
        {
            _unknown.Add((index, _texts.Add(JsonStrings.Cut(text, MaxKeptTextLength), [])));
            return;
        }

        if (_idCount == _ids.Length)
        {
            Array.Resize(ref _ids, Math.Max(16, _idCount * 2));
        }

        _ids[_idCount++] = entry;
    }

    private ParsedDeletion Finish()
    {
        var sorted = _ids.AsSpan(0, _idCount);
        sorted.Sort();
        var kept = 0;
        foreach (var entry in sorted)
        {
            if (kept == 0 || !sorted[kept - 1].IsSameId(entry))
            {
                sorted[kept++] = entry;
            }
        }

        return new ParsedDeletion(_ids, kept, _texts, _unknown, repeatedCount: _idCount - kept);
    }
}
