using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Longhaul.Lists;

/// <summary>One id that a delete names; <paramref name="Id"/> is null where the text can be no id of ours.</summary>
internal sealed record Deletion(int Index, string Text, byte[]? Id);

/// <summary>The ids of a delete, in the order in which they stand there.</summary>
internal sealed class Deletions(IReadOnlyList<Deletion> ids)
{
    public int Count => ids.Count;

    public Deletion this[int i] => ids[i];
}

/// <summary>What reading the body of a delete came to.</summary>
internal sealed record DeletionsRead(Deletions? Deletions, IReadOnlyList<ListError> Errors, bool IsTooMany);

/// <summary>Reads the body of a delete: <c>{"items":[{"id":"…"},…]}</c> with at least one id.</summary>
internal static class DeletionReader
{
    private const string Expected = "send {\"items\":[{\"id\":\"…\"},…]} with at least one id";
    private const int MaxIdLength = 255;

    public static DeletionsRead Read(ReadOnlySpan<byte> json, int maxItems, int maxErrors)
    {
        if (StrictJson.CheckEncoding(json, Expected) is { } unreadable)
        {
            return Refused(unreadable);
        }

        try
        {
            return ReadBody(json, maxItems, maxErrors);
        }
        catch (JsonException exception)
        {
            return Refused(StrictJson.Syntax(exception));
        }
    }

    /// <summary>Reads the bare array of ids, as it stands in the body.</summary>
    public static DeletionsRead ReadItems(ReadOnlySpan<byte> json, int maxItems, int maxErrors)
    {
        if (StrictJson.CheckEncoding(json, "send items: [{\"id\":\"…\"},…]") is { } unreadable)
        {
            return Refused(unreadable);
        }

        try
        {
            var reader = StrictJson.Reader(json);
            reader.Read();
            return ReadArray(ref reader, maxItems, maxErrors, "");
        }
        catch (JsonException exception)
        {
            return Refused(StrictJson.Syntax(exception));
        }
    }

    private static DeletionsRead Refused(ListError error) => new(null, [error], false);

    private static DeletionsRead ReadBody(ReadOnlySpan<byte> json, int maxItems, int maxErrors)
    {
        var reader = StrictJson.Reader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Refused(ListError.Decode($"the body must be an object; {Expected}", ""));
        }

        DeletionsRead? read = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!StrictJson.TryGetText(ref reader, out var name))
            {
                return Refused(ListError.Decode("a member name holds U+0000 or a lone surrogate", ""));
            }

            if (name != "items" || read is not null)
            {
                return Refused(ListError.Decode(
                    name == "items" ? "items stands twice in the body" : $"unknown member {StrictJson.Quote(name)}; {Expected}", StrictJson.Step(name)));
            }

            reader.Read();
            read = ReadArray(ref reader, maxItems, maxErrors, "/items");
            if (read.IsTooMany)
            {
                return read;
            }
        }

        // Text behind the object makes the reader throw.
        reader.Read();
        return read ?? Refused(ListError.Decode($"items is missing; {Expected}", ""));
    }

    private static DeletionsRead ReadArray(ref Utf8JsonReader reader, int maxItems, int maxErrors, string pointer)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return Refused(ListError.Decode($"items must be an array; {Expected}", pointer));
        }

        var ids = new List<Deletion>();
        var errors = new ListErrors(maxErrors);
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == maxItems)
            {
                return new DeletionsRead(null, [], true);
            }

            var error = ReadEntry(ref reader, index, pointer, out var text);
            if (error is null)
            {
                ids.Add(new Deletion(index, text, ItemIds.TryParse(text, out var id) ? id : null));
            }
            else
            {
                errors.Add(index, error);
            }
        }

        if (!errors.IsEmpty)
        {
            return new DeletionsRead(null, errors.ToList(), false);
        }

        return ids.Count == 0 ? Refused(ListError.Decode($"items is empty; {Expected}", pointer)) : new DeletionsRead(new Deletions(ids), [], false);
    }

    private static ListError? ReadEntry(ref Utf8JsonReader reader, int index, string pointer, out string id)
    {
        id = "";
        var place = $"{pointer}/{index}";
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return ListError.Decode($"each entry must be an object; {Expected}", place, index);
        }

        ListError? error = null;
        var hasId = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isReadable = StrictJson.TryGetText(ref reader, out var name);
            reader.Read();
            error ??= (isReadable, name) switch
            {
                (false, _) => ListError.Decode("a member name holds U+0000 or a lone surrogate", place, index),
                (_, not "id") => ListError.Decode($"unknown member {StrictJson.Quote(name)} in the entry at position {index}; {Expected}", place + StrictJson.Step(name), index),
                _ when hasId => ListError.Decode("id stands twice in the entry", $"{place}/id", index),
                _ => ReadId(ref reader, index, place, out id),
            };
            hasId |= name == "id";
            reader.Skip();
        }

        return error ?? (hasId ? null : ListError.Decode($"the entry at position {index} has no id; {Expected}", place, index));
    }

    private static ListError? ReadId(ref Utf8JsonReader reader, int index, string place, out string id)
    {
        id = "";
        if (reader.TokenType != JsonTokenType.String)
        {
            return ListError.Decode("id must be a string", $"{place}/id", index);
        }

        if (!StrictJson.TryGetText(ref reader, out id))
        {
            return ListError.Decode("id holds U+0000 or a lone surrogate", $"{place}/id", index);
        }

        return id.Length switch
        {
            0 => new ListError(10028, $"invalid value for item at position {index}: filters.api.invalid_item_id: id is empty", $"{place}/id", index),
            > MaxIdLength => new ListError(10028, $"invalid value for item at position {index}: filters.api.invalid_item_id: id is longer than {MaxIdLength}", $"{place}/id", index),
            _ => null,
        };
    }
}

/// <summary>The stored form of some ids.</summary>
internal static class DeletionChunkCodec
{
    public static byte[] Encode(Deletions deletions, int first, int end)
    {
        var buffer = new ArrayBufferWriter<byte>((end - first) * 40);
        for (var i = first; i < end; i++)
        {
            ItemChunkCodec.Write(buffer, (uint)deletions[i].Index);
            ItemChunkCodec.Write(buffer, Encoding.UTF8.GetBytes(deletions[i].Text));
        }

        return ItemChunkCodec.Pack(buffer.WrittenSpan, end - first);
    }

    public static List<Deletion> Decode(byte[] packed)
    {
        var raw = ItemChunkCodec.Unpack(packed, out var count);
        var deletions = new List<Deletion>(count);
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var index = (int)ItemChunkCodec.ReadNumber(raw, ref at);
            var length = (int)ItemChunkCodec.ReadNumber(raw, ref at);
            var text = Encoding.UTF8.GetString(raw, at, length);
            at += length;
            deletions.Add(new Deletion(index, text, ItemIds.TryParse(text, out var id) ? id : null));
        }

        return deletions;
    }
}
