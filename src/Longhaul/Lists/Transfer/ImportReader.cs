using System.Globalization;
using System.Text.Unicode;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Transfer;

/// <summary>
/// Reads the body of an import by the rules of the item writes. Errors of bad items name their line, from 1, beside the position.
/// </summary>
internal sealed class ImportReader
{
    private readonly ItemKind _kind;
    private readonly BodyLimits _limits;
    private readonly ItemsReader _items;
    private readonly LineMap _lines = new();
    private int _count;

    private ImportReader(ItemKind kind, BodyLimits limits, int bodyLength)
    {
        _kind = kind;
        _limits = limits;
        _items = ItemsReader.OneByOne(kind, limits, bodyLength);
    }

    public static BodyReading<ParsedItems> Read(ReadOnlySpan<byte> body, TransferFormat format, ItemKind kind, BodyLimits limits)
    {
        if (format == TransferFormat.JsonArray)
        {
            return ItemsReader.Read(body, kind, limits);
        }

        if (format == TransferFormat.Text && kind.Member == ItemMembers.Redirect)
        {
            return BodyReading<ParsedItems>.Bad(ListError.InvalidJson("a line of text cannot hold a redirect; send csv or jsonl"));
        }

        if (!Utf8.IsValid(body))
        {
            return BodyReading<ParsedItems>.Bad(ListError.InvalidJson(
                string.Create(CultureInfo.InvariantCulture, $"line {FirstInvalidLine(body)} is not valid UTF-8")));
        }

        var text = body.StartsWith("\uFEFF"u8) ? body[3..] : body;
        return new ImportReader(kind, limits, text.Length).Read(text, format);
    }

    private BodyReading<ParsedItems> Read(ReadOnlySpan<byte> text, TransferFormat format)
    {
        var isWhole = format == TransferFormat.Csv ? ReadCsv(text) : ReadLines(text, format == TransferFormat.Text ? new CsvItems(_kind) : null);
        if (!isWhole)
        {
            return BodyReading<ParsedItems>.TooMany();
        }

        var read = _items.End();
        return read.IsGood(out _) ? read : BodyReading<ParsedItems>.Bad([.. read.Errors.Select(WithLine)]);
    }

    private bool ReadCsv(ReadOnlySpan<byte> text)
    {
        var records = new CsvReader(text);
        var items = new CsvItems(_kind);
        while (records.Read())
        {
            if (!TryCount(records.Line))
            {
                return false;
            }

            Take(items, items.Make(ref records));
        }

        return true;
    }

    /// <summary>A line is a bare value or, without a maker of items, an item.</summary>
    private bool ReadLines(ReadOnlySpan<byte> text, CsvItems? items)
    {
        for (var number = 1; !text.IsEmpty; number++)
        {
            var end = text.IndexOf((byte)'\n');
            var line = (end < 0 ? text : text[..end]).Trim(" \t\r"u8);
            text = end < 0 ? [] : text[(end + 1)..];
            if (line.IsEmpty)
            {
                continue;
            }

            if (!TryCount(number))
            {
                return false;
            }

            if (items is null)
            {
                _items.Add(line, _count - 1);
            }
            else
            {
                Take(items, items.Make(line));
            }
        }

        return true;
    }

    private bool TryCount(int line)
    {
        if (_count == _limits.MaxItems)
        {
            return false;
        }

        _lines.Add(_count++, line);
        return true;
    }

    private void Take(CsvItems items, string? fault)
    {
        if (fault is null)
        {
            _items.Add(items.Item, _count - 1);
        }
        else
        {
            _items.Refuse(_count - 1, fault);
        }
    }

    private ListError WithLine(ListError error) => error.ParameterValueIndex is { } index
        ? error with { Message = string.Create(CultureInfo.InvariantCulture, $"{error.Message} (line {_lines.Find(index)})") }
        : error;

    private static int FirstInvalidLine(ReadOnlySpan<byte> body)
    {
        for (var number = 1; ; number++)
        {
            var end = body.IndexOf((byte)'\n');
            if (end < 0 || !Utf8.IsValid(body[..end]))
            {
                return number;
            }

            body = body[(end + 1)..];
        }
    }
}
