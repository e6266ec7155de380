namespace Longhaul.Lists.Transfer;

/// <summary>How a whole list is written down.</summary>
internal enum TransferFormat
{
    /// <summary>One item as the API shows it per line.</summary>
    JsonLines,

    /// <summary>The vendor's CSV form of the kind.</summary>
    Csv,

    /// <summary>One bare value per line.</summary>
    Text,

    /// <summary>The array that the item writes take; import only.</summary>
    JsonArray,
}

/// <summary>The names of the formats.</summary>
internal static class TransferFormats
{
    /// <summary>The format that a query names, or null.</summary>
    public static TransferFormat? Find(string name) => name switch
    {
        "jsonl" => TransferFormat.JsonLines,
        "csv" => TransferFormat.Csv,
        "text" => TransferFormat.Text,
        "json" => TransferFormat.JsonArray,
        _ => null,
    };

    /// <summary>The format of a media type, or null.</summary>
    public static TransferFormat? FindMedia(string type) => type.ToLowerInvariant() switch
    {
        "application/x-ndjson" or "application/jsonl" => TransferFormat.JsonLines,
        "text/csv" => TransferFormat.Csv,
        "text/plain" => TransferFormat.Text,
        "application/json" => TransferFormat.JsonArray,
        _ => null,
    };

    public static string Name(this TransferFormat format) => format switch
    {
        TransferFormat.JsonLines => "jsonl",
        TransferFormat.Csv => "csv",
        TransferFormat.Text => "text",
        TransferFormat.JsonArray => "json",
    };

    public static string Media(this TransferFormat format) => format switch
    {
        TransferFormat.JsonLines => "application/x-ndjson",
        TransferFormat.Csv => "text/csv; charset=utf-8",
        TransferFormat.Text => "text/plain; charset=utf-8",
        TransferFormat.JsonArray => "application/json",
    };

    /// <summary>What the name of a file ends with.</summary>
    public static string Extension(this TransferFormat format) => format == TransferFormat.Text ? "txt" : format.Name();
}
