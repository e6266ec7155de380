namespace Longhaul.Lists.Transfer;

/// <summary>Reads records of CSV by RFC 4180 with line ends LF or CRLF; lines of blanks are passed over. It keeps up to seven fields.</summary>
internal ref struct CsvReader(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;
    private int _line = 1;
    private Fields _fields;

    /// <summary>The line that the record begins in, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>How many fields the record has.</summary>
    public int Count { get; private set; }

    /// <summary>Why the record cannot be read, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads the next record; false at the end.</summary>
    public bool Read()
    {
        while (_at < _text.Length)
        {
            var rest = _text[_at..];
            var end = rest.IndexOf((byte)'\n');
            if (!(end < 0 ? rest : rest[..end]).Trim(" \t\r"u8).IsEmpty)
            {
                ReadRecord();
                return true;
            }

            _at = end < 0 ? _text.Length : _at + end + 1;
            _line++;
        }

        return false;
    }

    /// <summary>The field as it stands, between its quotes if it has any.</summary>
    public readonly ReadOnlySpan<byte> Field(int index) => _text[_fields[index].Start.._fields[index].End];

    /// <summary>True when each two quotes in <see cref="Field"/> stand for one.</summary>
    public readonly bool HasDoubledQuotes(int index) => _fields[index].HasDoubledQuotes;

    private void ReadRecord()
    {
        (Line, Count, Fault) = (_line, 0, null);
        while (_at < _text.Length && _text[_at] == '"' ? ReadQuoted() : ReadBare())
        {
        }
    }

    /// <summary>True when another field follows.</summary>
    private bool ReadBare()
    {
        var rest = _text[_at..];
        var length = rest.IndexOfAny((byte)',', (byte)'\n', (byte)'"');
        if (length >= 0 && rest[length] == '"')
        {
            return Fail("a quote stands inside a field that does not begin with one");
        }

        var hasMore = length >= 0 && rest[length] == ',';
        var end = length < 0 ? _text.Length : _at + length;
        Add(_at, !hasMore && end > _at && _text[end - 1] == '\r' ? end - 1 : end, hasDoubledQuotes: false);
        _at = Math.Min(end + 1, _text.Length);
        _line += hasMore ? 0 : 1;

        // A comma that ends the text has an empty field behind it.
        return hasMore;
    }

    private bool ReadQuoted()
    {
        var start = _at + 1;
        var hasDoubledQuotes = false;
        for (var at = start; ;)
        {
            var quote = _text[at..].IndexOf((byte)'"');
            if (quote < 0)
            {
                _at = _text.Length;
                Fault = "a quote is opened and not closed";
                return false;
            }

            at += quote;
            if (at + 1 < _text.Length && _text[at + 1] == '"')
            {
                hasDoubledQuotes = true;
                at += 2;
                continue;
            }

            Add(start, at, hasDoubledQuotes);
            _line += _text[start..at].Count((byte)'\n');
            _at = at + 1;
            return ReadSeparator();
        }
    }

    private bool ReadSeparator()
    {
        var rest = _text[_at..];
        if (rest.StartsWith(","u8))
        {
            _at++;
            return true;
        }

        var end = rest.StartsWith("\r"u8) ? 1 : 0;
        if (end < rest.Length && rest[end] != '\n')
        {
            return Fail("text follows the closing quote of a field");
        }

        _at = Math.Min(_at + end + 1, _text.Length);
        _line++;
        return false;
    }

    private bool Fail(string fault)
    {
        Fault = fault;
        var end = _text[_at..].IndexOf((byte)'\n');
        _at = end < 0 ? _text.Length : _at + end + 1;
        _line++;
        return false;
    }

    private void Add(int start, int end, bool hasDoubledQuotes)
    {
        if (Count < Fields.Limit)
        {
            _fields[Count] = new Place(start, end, hasDoubledQuotes);
        }

        Count++;
    }

    private readonly record struct Place(int Start, int End, bool HasDoubledQuotes);

    [System.Runtime.CompilerServices.InlineArray(Limit)]
    private struct Fields
    {
        public const int Limit = 7;

        private Place _first;
    }
}
