using System.Text.Encodings.Web;
using System.Text.Json;

namespace Longhaul.Lists;

/// <summary>What reading a body of items came to: sorted items, or everything that is wrong.</summary>
internal sealed record ItemsRead(ParsedItems? Items, IReadOnlyList<ListError> Errors, bool IsTooMany);

/// <summary>
/// Reads the body of an append or a replace, a bare array of items, in one pass. Decoding is strict and complete: all bad items are
/// reported, in the order in which they stand there (<c>contracts/lists.md</c> 5.1, 6.2, 6.3).
/// </summary>
internal ref struct ItemsReader
{
    private const string Expected = "send a bare array: [{\"ip\":\"192.0.2.1\",\"comment\":\"…\"},…]";
    private const int MaxCommentLength = 500;

    private readonly ItemKind _kind;
    private readonly ListErrors _errors;
    private readonly ParsedItems _items = new();
    private readonly byte[] _key;
    private readonly PayloadBuffer _value = new();
    private readonly PayloadBuffer _payload = new();
    private Utf8JsonReader _reader;

    private ItemsReader(ReadOnlySpan<byte> json, ItemKind kind, int maxErrors)
    {
        _kind = kind;
        _errors = new ListErrors(maxErrors);
        _key = new byte[kind.MaxKeyLength];
        _reader = StrictJson.Reader(json);
    }

    /// <summary>Reads a body for a list of a kind.</summary>
    public static ItemsRead Read(ReadOnlySpan<byte> json, ItemKind kind, int maxItems, int maxErrors)
    {
        if (StrictJson.CheckEncoding(json, Expected) is { } unreadable)
        {
            return new ItemsRead(null, [unreadable], false);
        }

        try
        {
            return new ItemsReader(json, kind, maxErrors).ReadArray(maxItems);
        }
        catch (JsonException exception)
        {
            return new ItemsRead(null, [StrictJson.Syntax(exception)], false);
        }
    }

    private ItemsRead ReadArray(int maxItems)
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            return new ItemsRead(null, [ListError.Decode($"the items must be an array; {Expected}", "")], false);
        }

        var index = 0;
        for (; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == maxItems)
            {
                return new ItemsRead(null, [], true);
            }

            var depth = _reader.CurrentDepth;
            if (ReadItem(index) is { } error)
            {
                _errors.Add(index, error);
                LeaveItem(depth);
            }
        }

        // Text behind the array makes the reader throw.
        _reader.Read();
        var duplicates = _items.SortAndFindDuplicates();
        if (duplicates.Count > 0)
        {
            var kind = _kind.Name;
            _errors.Merge(duplicates, i => ListError.Duplicate(kind, i));
        }

        return _errors.IsEmpty ? new ItemsRead(_items, [], false) : new ItemsRead(null, _errors.ToList(), false);
    }

    /// <summary>Goes on behind an item that was given up somewhere inside.</summary>
    private void LeaveItem(int depth)
    {
        while (_reader.CurrentDepth > depth || _reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            _reader.Read();
        }
    }

    private ListError? ReadItem(int index)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return ListError.Decode($"each item must be an object; {Expected}", $"/{index}", index);
        }

        _value.Clear();
        _payload.Clear();
        var seen = Members.None;
        var kinds = Members.None;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = Find(ref _reader);
            if (member == Members.None)
            {
                return UnknownMember(index);
            }

            if ((seen & member) != 0)
            {
                return ListError.Decode($"{Name(member)} stands twice in the item", $"/{index}/{Name(member)}", index);
            }

            seen |= member;
            _reader.Read();
            if (_reader.TokenType == JsonTokenType.Null)
            {
                continue;
            }

            kinds |= member & Members.Kinds;
            if (ReadMember(member, index) is { } error)
            {
                return error;
            }
        }

        return CheckKind(kinds, index) ?? Keep(index);
    }

    private ListError? ReadMember(Members member, int index)
    {
        if (member == Members.Comment)
        {
            return ReadComment(index);
        }

        if (Name(member) == _kind.Name)
        {
            return _kind.Read(ref _reader, index, _key, _value);
        }

        _reader.Skip();
        return null;
    }

    private readonly ListError? CheckKind(Members kinds, int index)
    {
        if (kinds == Members.None)
        {
            return ListError.Value(_kind.Name, index, "missing_item_value", $"the item has no member '{_kind.Name}'");
        }

        if ((kinds & (kinds - 1)) != 0)
        {
            return ListError.Value(_kind.Name, index, "multiple_item_values", "an item has one of ip, redirect, hostname, asn");
        }

        return Name(kinds) == _kind.Name
            ? null
            : ListError.Value(_kind.Name, index, "invalid_item_kind", $"items of type {Name(kinds)} can not be added to lists of type {_kind.Name}", "/" + Name(kinds));
    }

    private ListError? Keep(int index)
    {
        var comment = _payload.Written.ToArray();
        _payload.Clear();
        _payload.Append("{"u8);
        _payload.Append(_value.Written);
        _payload.Append(comment);
        _payload.Append("}"u8);
        _items.Add(index, _key, _payload.Written);
        return null;
    }

    private ListError? ReadComment(int index)
    {
        if (_reader.TokenType != JsonTokenType.String)
        {
            return ListError.Decode("comment must be a string", $"/{index}/comment", index);
        }

        var raw = _reader.ValueSpan;
        var encoded = default(JsonEncodedText);
        if (_reader.ValueIsEscaped)
        {
            if (!StrictJson.TryGetText(ref _reader, out var text))
            {
                return ListError.Decode("comment holds U+0000 or a lone surrogate", $"/{index}/comment", index);
            }

            if (StrictJson.CountCodePoints(text) > MaxCommentLength)
            {
                return LongComment(index);
            }

            // One form for one text, however it was escaped, so that an unchanged comment is seen to be unchanged.
            encoded = JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        }
        else if (raw.Length > MaxCommentLength && StrictJson.CountCodePoints(raw) > MaxCommentLength)
        {
            return LongComment(index);
        }

        _payload.Append(",\"comment\":\""u8);
        _payload.Append(_reader.ValueIsEscaped ? encoded.EncodedUtf8Bytes : raw);
        _payload.Append("\""u8);
        return null;
    }

    private readonly ListError LongComment(int index) =>
        ListError.Value(_kind.Name, index, "invalid_comment", $"a comment has at most {MaxCommentLength} characters", "/comment");

    private ListError UnknownMember(int index)
    {
        if (!StrictJson.TryGetText(ref _reader, out var name))
        {
            return ListError.Decode("a member name holds U+0000 or a lone surrogate", $"/{index}", index);
        }

        return ListError.Decode($"unknown member {StrictJson.Quote(name)} in the item at position {index}", $"/{index}{StrictJson.Step(name)}", index);
    }

    private static Members Find(ref Utf8JsonReader reader) => reader switch
    {
        // An escaped name may hold anything; it is rare and read the slow way.
        { ValueIsEscaped: true } => StrictJson.TryGetText(ref reader, out var name) ? Find(name) : Members.None,
        _ when reader.ValueTextEquals("ip"u8) => Members.Ip,
        _ when reader.ValueTextEquals("comment"u8) => Members.Comment,
        _ when reader.ValueTextEquals("redirect"u8) => Members.Redirect,
        _ when reader.ValueTextEquals("hostname"u8) => Members.Hostname,
        _ when reader.ValueTextEquals("asn"u8) => Members.Asn,
        _ => Members.None,
    };

    private static Members Find(string name) => name switch
    {
        "ip" => Members.Ip,
        "comment" => Members.Comment,
        "redirect" => Members.Redirect,
        "hostname" => Members.Hostname,
        "asn" => Members.Asn,
        _ => Members.None,
    };

    private static string Name(Members member) => member switch
    {
        Members.Ip => "ip",
        Members.Redirect => "redirect",
        Members.Hostname => "hostname",
        Members.Asn => "asn",
        _ => "comment",
    };

    [Flags]
    private enum Members
    {
        None = 0,
        Ip = 1,
        Redirect = 2,
        Hostname = 4,
        Asn = 8,
        Kinds = 15,
        Comment = 16,
    }
}
