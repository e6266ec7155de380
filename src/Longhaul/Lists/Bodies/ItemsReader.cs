using System.Numerics;
using System.Text.Json;
using Longhaul.Hosting.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Bodies;

/// <summary>
/// Reads the body of an append or a replace: a bare array of items. A body that is no such array has one error;
/// an array with bad items has one for each of them.
/// </summary>
internal sealed partial class ItemsReader
{
    // Room for every item from the start where items are not uncommonly short: growing would hold both sizes at once.
    private const int ShortestUsualItem = 16;

    private readonly ItemKind _kind;
    private readonly BodyLimits _limits;
    private readonly BodyErrors _errors;
    private readonly BodyMessages _messages;
    private readonly ItemSorter _sorter;
    private readonly ItemDraft _draft = new();
    private readonly string _expectedShape;

    private ItemsReader(ItemKind kind, BodyLimits limits, int bodyLength)
    {
        _kind = kind;
        _limits = limits;
        _errors = new BodyErrors(kind.Name, limits.MaxReportedErrors);
        _messages = new BodyMessages(limits.MaxReportedErrors);
        _sorter = new ItemSorter(
            Math.Min(limits.MaxItems, bodyLength / ShortestUsualItem), expectedBytes: 3L * bodyLength);
        _expectedShape = $"send a bare array: [{kind.Example}]";
    }

    public static BodyReading<ParsedItems> Read(ReadOnlySpan<byte> body, ItemKind kind, BodyLimits limits) =>
        new ItemsReader(kind, limits, body.Length).Read(body);

    private BodyReading<ParsedItems> Read(ReadOnlySpan<byte> body)
    {
        if (StrictJson.CheckText(body, _expectedShape) is { } unreadable)
        {
            return BodyReading<ParsedItems>.Bad(ListError.InvalidJson(unreadable));
        }

        var reader = new Utf8JsonReader(body, StrictJson.Options);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                return BodyReading<ParsedItems>.Bad(ListError.InvalidJson(
                    $"the body is {StrictJson.Describe(reader.TokenType)}; {_expectedShape}"));
            }

            for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                if (index == _limits.MaxItems)
                {
                    return BodyReading<ParsedItems>.TooMany();
                }

                ReadItem(ref reader, index);
            }

            StrictJson.ExpectEnd(ref reader);
        }
        catch (JsonException exception)
        {
            return BodyReading<ParsedItems>.Bad(ListError.InvalidJson(StrictJson.Describe(exception)));
        }

        return Finish();
    }

    private BodyReading<ParsedItems> Finish()
    {
        var items = _sorter.Sort(_messages.ToList(), out var duplicates);
        _errors.AddDuplicates(duplicates, _kind.ValuePath);
        return _errors.Count == 0
            ? BodyReading<ParsedItems>.Good(items)
            : BodyReading<ParsedItems>.Bad(_errors.ToList());
    }

    private void ReadItem(ref Utf8JsonReader reader, int index)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var sent = StrictJson.Describe(reader.TokenType);
            _errors.AddInvalidJson(index, $"/{index}", $"an item is an object like {_kind.Example}, not {sent}");
            StrictJson.TrySkip(ref reader);
            return;
        }

        _draft.Clear();
        var depth = reader.CurrentDepth;
        var item = default(ItemState);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryReadMember(ref reader, index, ref item))
            {
                StrictJson.SkipRest(ref reader, depth);
                return;
            }
        }

        Settle(index, in item);
    }

    private bool TryReadMember(ref Utf8JsonReader reader, int index, ref ItemState item)
    {
        if (_takesShownItems && TrySkipShownMember(ref reader))
        {
            return true;
        }

        var member = JsonStrings.HasForbidden(in reader) ? ItemMembers.None : ItemMemberNames.Find(in reader);
        if (member == ItemMembers.None || (item.Seen & member) != 0)
        {
            var fault = member == ItemMembers.None ? "unknown member" : "repeated member";
            _errors.AddInvalidJson(
                index, StrictJson.Pointer($"/{index}", in reader), $"{fault} {StrictJson.Quote(reader.ValueSpan)}");
            return false;
        }

        item.Seen |= member;
        reader.Read();
        return reader.TokenType == JsonTokenType.Null || TryReadValue(ref reader, index, member, ref item);
    }

    private bool TryReadValue(ref Utf8JsonReader reader, int index, ItemMembers member, ref ItemState item)
    {
        if (JsonStrings.HasForbidden(in reader))
        {
            return RefuseForbidden(index, member);
        }

        if (member == ItemMembers.Comment)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                return Refuse(index, member, "'comment' must be a string");
            }

            item.IsCommentTooLong = !_draft.TrySetComment(ref reader);
            return true;
        }

        item.Values |= member;
        if (member != _kind.Member)
        {
            return StrictJson.TrySkip(ref reader) || RefuseForbidden(index, member);
        }

        item.Fault = _kind.Read(ref reader, _draft);
        if (item.Fault is not { IsInvalidJson: true })
        {
            return true;
        }

        _errors.AddInvalidJson(index, PointerTo(index, item.Fault), item.Fault.Explanation);
        return false;
    }

    /// <summary>An item has one error: how many values comes before which, the value before the comment.</summary>
    private void Settle(int index, in ItemState item)
    {
        if (item.Values != _kind.Member)
        {
            RefuseValues(index, item.Values);
            return;
        }

        if (item.Fault is not null)
        {
            RefuseValue(index, item.Fault);
            return;
        }

        if (item.IsCommentTooLong)
        {
            _errors.AddInvalidValue(index, $"/{index}/comment", ItemFault.CommentTooLong);
        }
        else if (_draft.IsChanged)
        {
            _messages.AddCanonical(index, _kind.ValuePath, _draft.SentValue, _draft.KeptValue);
        }

        // Without a payload when it has its error already: its key still makes a later equal one a duplicate.
        _sorter.Add(_draft.Key, item.IsCommentTooLong ? [] : _draft.BuildPayload(), index);
    }

    private void RefuseValue(int index, ItemFault fault)
    {
        if (_draft.HasFaultyValue)
        {
            _errors.AddInvalidValue(index, PointerTo(index, fault), fault, _draft.SentValue);
        }
        else
        {
            _errors.AddInvalidValue(index, PointerTo(index, fault), fault);
        }
    }

    private void RefuseValues(int index, ItemMembers values)
    {
        if (values == ItemMembers.None)
        {
            _errors.AddInvalidValue(index, $"/{index}", new ItemFault(
                "missing_item_value", $"an item looks like {_kind.Example}"));
        }
        else if (BitOperations.PopCount((uint)values) > 1)
        {
            _errors.AddInvalidValue(index, $"/{index}", new ItemFault(
                "multiple_item_values", $"an item has one value only, like {_kind.Example}"));
        }
        else
        {
            var other = NameOf(values);
            _errors.AddInvalidValue(index, $"/{index}/{other}", new ItemFault(
                "invalid_item_kind", $"items of type {other} can not be added to lists of type {_kind.Name}"));
        }
    }

    private bool Refuse(int index, ItemMembers member, string explanation)
    {
        _errors.AddInvalidJson(index, $"/{index}/{NameOf(member)}", explanation);
        return false;
    }

    private bool RefuseForbidden(int index, ItemMembers member) =>
        Refuse(index, member, $"a string in '{NameOf(member)}' has U+0000 or a lone surrogate");

    private string PointerTo(int index, ItemFault fault) => $"/{index}{fault.Path ?? "/" + _kind.Name}";

    private static string NameOf(ItemMembers member) => member.ToString().ToLowerInvariant();

    private struct ItemState
    {
        public ItemMembers Seen;
        public ItemMembers Values;
        public ItemFault? Fault;
        public bool IsCommentTooLong;
    }
}
