using System.Globalization;
using System.Text.Json;

namespace Longhaul.Saymon.Searching;

/// <summary>One value that is compared: equal when kind and content are, numbers by what they mean.</summary>
internal readonly record struct SearchScalar(JsonValueKind Kind, string? Text, decimal? Exact, double Number)
{
    public static SearchScalar Null { get; } = new(JsonValueKind.Null, null, null, 0);

    /// <summary>Something that equals nothing that can be asked for.</summary>
    public static SearchScalar Opaque { get; } = new(JsonValueKind.Object, null, null, 0);

    public static SearchScalar Of(string text) => new(JsonValueKind.String, text, null, 0);

    public static SearchScalar Of(long number) => new(JsonValueKind.Number, null, number, number);

    /// <summary>The value that a reader stands on; containers are passed over.</summary>
    public static SearchScalar Of(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return Of(reader.GetString()!);
            case JsonTokenType.Number:
                return new SearchScalar(JsonValueKind.Number, null, reader.TryGetDecimal(out var exact) ? exact : null, reader.GetDouble());
            case JsonTokenType.True:
                return new SearchScalar(JsonValueKind.True, null, null, 0);
            case JsonTokenType.False:
                return new SearchScalar(JsonValueKind.False, null, null, 0);
            case JsonTokenType.Null:
                return Null;
            default:
                reader.Skip();
                return Opaque;
        }
    }

    /// <summary>The value of an element; false for containers.</summary>
    public static bool TryRead(JsonElement element, out SearchScalar scalar)
    {
        scalar = element.ValueKind switch
        {
            JsonValueKind.String => Of(element.GetString()!),
            JsonValueKind.Number => new SearchScalar(JsonValueKind.Number, null, element.TryGetDecimal(out var exact) ? exact : null, element.GetDouble()),
            JsonValueKind.Object or JsonValueKind.Array => Opaque,
            _ => new SearchScalar(element.ValueKind, null, null, 0),
        };
        return scalar.Kind != JsonValueKind.Object;
    }

    /// <summary>A text that equal values share, for an index.</summary>
    public string ToKey() => Kind switch
    {
        JsonValueKind.String => "s" + Text,
        JsonValueKind.Number => "n" + Number.ToString("R", CultureInfo.InvariantCulture),
        _ => Kind.ToString(),
    };

    /// <summary>The order of two numbers; null when one of them is none.</summary>
    public static int? Compare(SearchScalar left, SearchScalar right) =>
        left.Kind != JsonValueKind.Number || right.Kind != JsonValueKind.Number ? null
        : left.Exact is { } a && right.Exact is { } b && a != b ? a.CompareTo(b)
        : left.Number.CompareTo(right.Number);
}
