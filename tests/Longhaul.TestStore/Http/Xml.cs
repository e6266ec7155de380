using System.Globalization;
using System.Text;

namespace Longhaul.TestStores.Http;

/// <summary>Writes XML as the service does, control characters included: they become references, which a parser of XML 1.0 refuses.</summary>
internal static class Xml
{
    public const string Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    public const string Namespace = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

    public static StringBuilder Begin(string name) => new StringBuilder(Declaration).Append('<').Append(name).Append(Namespace).Append('>');

    public static string End(StringBuilder text, string name) => text.Append("</").Append(name).Append('>').ToString();

    public static void Element(StringBuilder text, string name, string value)
    {
        text.Append('<').Append(name).Append('>');
        foreach (var c in value)
        {
            _ = c switch
            {
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '&' => text.Append("&amp;"),
                '"' => text.Append("&quot;"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"&#x{(int)c:X};"),
                _ => text.Append(c),
            };
        }

        text.Append("</").Append(name).Append('>');
    }

    public static void Element(StringBuilder text, string name, long value) => text.Append('<').Append(name).Append('>').Append(value).Append("</").Append(name).Append('>');

    public static void Element(StringBuilder text, string name, bool value) => Element(text, name, value ? "true" : "false");

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
