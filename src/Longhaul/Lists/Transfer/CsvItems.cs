using System.Buffers;
using System.Globalization;
using Longhaul.Hosting.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Transfer;

/// <summary>Turns records of the vendor's CSV forms, and bare values, into items as the item writes take them; whether the values are good is not judged here.</summary>
internal sealed class CsvItems(ItemKind kind)
{
    // Twice what the longest good value has: longer ones are refused before they are copied.
    private const int MaxFieldBytes = 64 << 10;

    private readonly ArrayBufferWriter<byte> _item = new(512);
    private readonly ArrayBufferWriter<byte> _field = new();

    /// <summary>The item that was made last.</summary>
    public ReadOnlySpan<byte> Item => _item.WrittenSpan;

    /// <summary>Makes an item of a value without a comment; null, or what is wrong.</summary>
    public string? Make(ReadOnlySpan<byte> value)
    {
        _item.ResetWrittenCount();
        if (value.Length > MaxFieldBytes)
        {
            return TooLong();
        }

        WriteValue(value);
        _item.Write("}"u8);
        return null;
    }

    /// <summary>Makes an item of a record; null, or what is wrong.</summary>
    public string? Make(ref CsvReader record)
    {
        if (record.Fault is not null)
        {
            return record.Fault;
        }

        _item.ResetWrittenCount();
        for (var i = 0; i < Math.Min(record.Count, RedirectColumns.Count); i++)
        {
            if (record.Field(i).Length > MaxFieldBytes)
            {
                return TooLong();
            }
        }

        return kind.Member == ItemMembers.Redirect ? MakeRedirect(ref record) : MakeValue(ref record);
    }

    private string? MakeValue(ref CsvReader record)
    {
        if (record.Count > 2)
        {
            return string.Create(CultureInfo.InvariantCulture, $"a line has value[,description], this one has {record.Count} columns; put a field with commas in quotes");
        }

        WriteValue(Field(ref record, 0));
        if (record.Count == 2)
        {
            _item.Write(",\"comment\":"u8);
            WriteString(Field(ref record, 1));
        }

        _item.Write("}"u8);
        return null;
    }

    private string? MakeRedirect(ref CsvReader record)
    {
        if (record.Count is < RedirectColumns.Required || record.Count > RedirectColumns.Count)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"a line has source,target[,status,preserve_query_string,include_subdomains,subpath_matching,preserve_path_suffix], this one has {record.Count} columns");
        }

        _item.Write("{\"redirect\":{\"source_url\":"u8);
        WriteString(Field(ref record, 0));
        _item.Write(",\"target_url\":"u8);
        WriteString(Field(ref record, 1));
        for (var column = RedirectColumns.Required; column < record.Count; column++)
        {
            var field = Field(ref record, column);
            if (!field.IsEmpty && WriteOption(field, column) is { } fault)
            {
                return fault;
            }
        }

        _item.Write("}}"u8);
        return null;
    }

    private string? WriteOption(ReadOnlySpan<byte> field, int column)
    {
        var name = RedirectColumns.OptionNames[column - RedirectColumns.Required];
        _item.Write(",\""u8);
        _item.Write(name);
        _item.Write("\":"u8);
        if (column == RedirectColumns.Status)
        {
            WriteNumber(field);
            return null;
        }

        var isTrue = System.Text.Ascii.EqualsIgnoreCase(field, "true"u8);
        if (!isTrue && !System.Text.Ascii.EqualsIgnoreCase(field, "false"u8))
        {
            return $"column {column + 1}, {RedirectColumns.Options[column - RedirectColumns.Required]}, is TRUE, FALSE or empty, not {StrictJson.Quote(field)}";
        }

        _item.Write(isTrue ? "true"u8 : "false"u8);
        return null;
    }

    private void WriteValue(ReadOnlySpan<byte> value)
    {
        switch (kind.Member)
        {
            case ItemMembers.Hostname:
                _item.Write("{\"hostname\":{\"url_hostname\":"u8);
                WriteString(value);
                _item.Write("}"u8);
                break;
            case ItemMembers.Asn:
                _item.Write("{\"asn\":"u8);
                WriteNumber(value);
                break;
            default:
                _item.Write("{\"ip\":"u8);
                WriteString(value);
                break;
        }
    }

    // What is no number goes on as a string, to be refused in the words of the item writes.
    private void WriteNumber(ReadOnlySpan<byte> digits)
    {
        if (digits.IsEmpty || digits.Length > 20 || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') || (digits[0] == '0' && digits.Length > 1))
        {
            WriteString(digits);
        }
        else
        {
            _item.Write(digits);
        }
    }

    private void WriteString(ReadOnlySpan<byte> text)
    {
        _item.Write("\""u8);
        _item.Advance(JsonStrings.Escape(text, _item.GetSpan(6 * text.Length)));
        _item.Write("\""u8);
    }

    private ReadOnlySpan<byte> Field(ref CsvReader record, int index)
    {
        var field = record.Field(index);
        if (!record.HasDoubledQuotes(index))
        {
            return field;
        }

        _field.ResetWrittenCount();
        for (var quote = field.IndexOf((byte)'"'); quote >= 0; quote = field.IndexOf((byte)'"'))
        {
            _field.Write(field[..(quote + 1)]);
            field = field[(quote + 2)..];
        }

        _field.Write(field);
        return _field.WrittenSpan;
    }

    private static string TooLong() => string.Create(CultureInfo.InvariantCulture, $"a field is longer than {MaxFieldBytes} bytes");
}
