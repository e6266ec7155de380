using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Longhaul.Engine.Operations;

/// <summary>
/// The one spelling in which labels are stored: no blanks, one way to escape. A pair can then be found as a piece of the text, by the
/// same condition on both databases.
/// </summary>
internal static class OperationLabels
{
    /// <summary>Writes a JSON object of labels in the stored spelling.</summary>
    public static string Normalize(string json)
    {
        if (json == "{}")
        {
            return json;
        }

        using var document = JsonDocument.Parse(json);
        return Write(document.RootElement.EnumerateObject().Select(p => (p.Name, p.Value.GetString() ?? "")));
    }

    /// <summary>
    /// The piece of a stored text that is there just when the label is. It begins with an unescaped quote and a letter of a key, which
    /// no value can hold.
    /// </summary>
    public static string Piece(string key, string value) => Write([(key, value)])[1..^1];

    private static string Write(IEnumerable<(string Key, string Value)> labels)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in labels)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
