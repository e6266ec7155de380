namespace Longhaul.Engine.Operations;

/// <summary>
/// The name of one operation: a UUID v4 written as 32 lower-case hexadecimal digits. The same id is used by every face.
/// </summary>
public readonly record struct OperationId : IComparable<OperationId>
{
    private readonly string? _value;

    private OperationId(string value) => _value = value;

    /// <summary>The 32 lower-case hexadecimal digits.</summary>
    public string Value => _value ?? "00000000000000000000000000000000";

    /// <summary>Makes the id of a new operation from a UUID.</summary>
    public static OperationId From(Guid guid) => new(guid.ToString("N"));

    /// <summary>Reads an id; dashes and upper case are accepted. Returns false for anything else.</summary>
    public static bool TryParse(string? text, out OperationId id)
    {
        if (text is { Length: 32 } && IsLowerHex(text))
        {
            id = new OperationId(text);
            return true;
        }

        var parsed = text?.Length switch
        {
            32 => Guid.TryParseExact(text, "N", out var plain) ? plain : (Guid?)null,
            36 => Guid.TryParseExact(text, "D", out var dashed) ? dashed : (Guid?)null,
            _ => null,
        };
        id = parsed is { } guid ? From(guid) : default;
        return parsed is not null;
    }

    /// <summary>Takes an id that the store wrote.</summary>
    internal static OperationId FromStore(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(OperationId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>Orders ids by their text.</summary>
    public static bool operator <(OperationId left, OperationId right) => left.CompareTo(right) < 0;

    /// <summary>Orders ids by their text.</summary>
    public static bool operator >(OperationId left, OperationId right) => left.CompareTo(right) > 0;

    /// <summary>Orders ids by their text.</summary>
    public static bool operator <=(OperationId left, OperationId right) => left.CompareTo(right) <= 0;

    /// <summary>Orders ids by their text.</summary>
    public static bool operator >=(OperationId left, OperationId right) => left.CompareTo(right) >= 0;

    private static bool IsLowerHex(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        return true;
    }
}
