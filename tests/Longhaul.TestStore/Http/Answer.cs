using System.Text;
using Longhaul.TestStores.Data;

namespace Longhaul.TestStores.Http;

/// <summary>An answer before it is sent, so that faults can be laid on it.</summary>
internal sealed class Answer(int status)
{
    public int Status => status;

    public string? ErrorCode { get; init; }

    public List<(string Name, string Value)> Headers { get; init; } = [];

    public Content Body { get; init; } = ByteContent.Empty;

    public long Offset { get; init; }

    /// <summary>The length that the answer declares, HEAD included.</summary>
    public long Length { get; init; }

    /// <summary>False keeps the body back although its length is declared: the answer to a HEAD.</summary>
    public bool SendsBody { get; init; } = true;

    public static Answer Xml(string text, int status = 200) => Bytes(Encoding.UTF8.GetBytes(text), "application/xml", status);

    public static Answer Json(string text, int status = 200) => Bytes(Encoding.UTF8.GetBytes(text), "application/json; charset=UTF-8", status);

    public static Answer Error(S3Exception error, S3Request request)
    {
        var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
        Http.Xml.Element(text, "Code", error.Code);
        Http.Xml.Element(text, "Message", error.Message);
        Http.Xml.Element(text, "Resource", request.RawPath);
        foreach (var (name, value) in error.Headers.Where(h => h.Name[0] == '#'))
        {
            Http.Xml.Element(text, name[1..], value);
        }

        Http.Xml.Element(text, "RequestId", request.Log.Number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var bytes = request.Method == "HEAD" || error.Status == 304 ? [] : Encoding.UTF8.GetBytes(text.Append("</Error>").ToString());
        return new Answer(error.Status)
        {
            ErrorCode = error.Code,
            Headers = [("Content-Type", "application/xml"), .. error.Headers.Where(h => h.Name[0] != '#')],
            Body = new ByteContent(bytes),
            Length = bytes.Length,
        };
    }

    private static Answer Bytes(byte[] bytes, string type, int status) =>
        new(status) { Headers = [("Content-Type", type)], Body = new ByteContent(bytes), Length = bytes.Length };
}
