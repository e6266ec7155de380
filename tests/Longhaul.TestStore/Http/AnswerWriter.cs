using System.Text;
using System.Text.RegularExpressions;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Injection;
using Microsoft.AspNetCore.Http;

namespace Longhaul.TestStores.Http;

/// <summary>Sends answers, and does to them on the way what the faults of the request say.</summary>
internal static partial class AnswerWriter
{
    private const int PieceBytes = 1 << 16;

    public static async Task WriteAsync(S3Request request, Answer answer, FaultPlan faults)
    {
        var http = request.Http;
        if (request.Struck(EffectKind.LostReply))
        {
            http.Abort();
            return;
        }

        if (request.Struck(EffectKind.WrongETag))
        {
            answer = WithWrongETag(answer);
        }

        var log = request.Log;
        log.Status = answer.Status;
        log.ErrorCode = answer.ErrorCode;
        http.Response.StatusCode = answer.Status;
        var headers = http.Response.Headers;
        foreach (var (name, value) in answer.Headers)
        {
            headers[name] = value;
        }

        headers["x-amz-request-id"] = log.Number.ToString("X16", System.Globalization.CultureInfo.InvariantCulture);
        if (answer.Status is not (204 or 304))
        {
            http.Response.ContentLength = answer.Length;
        }

        if (!answer.SendsBody || answer.Length == 0)
        {
            return;
        }

        var (length, abort, corrupt) = Plan(request, answer, faults);
        await SendAsync(http, answer, length, corrupt);
        log.BytesOut = length;
        if (abort)
        {
            await http.Response.Body.FlushAsync(http.RequestAborted);
            http.Abort();
        }
    }

    private static (long Length, bool Abort, long Corrupt) Plan(S3Request request, Answer answer, FaultPlan faults)
    {
        long length = answer.Length, corrupt = -1;
        var abort = false;
        foreach (var effect in request.Effects)
        {
            switch (effect.Kind)
            {
                case EffectKind.ResetAfter:
                    length = Math.Min(length, effect.Bytes);
                    abort = true;
                    break;
                case EffectKind.Truncate:
                    length = Math.Max(0, length - effect.Bytes);
                    break;
                case EffectKind.Corrupt:
                    corrupt = faults.Throw(answer.Length);
                    break;
            }
        }

        return (length, abort, corrupt);
    }

    private static async Task SendAsync(HttpContext http, Answer answer, long length, long corrupt)
    {
        if (corrupt < 0 && length <= int.MaxValue && answer.Body.TryGetMemory(answer.Offset, length, out var memory))
        {
            await http.Response.Body.WriteAsync(memory, http.RequestAborted);
            return;
        }

        var writer = http.Response.BodyWriter;
        for (long at = 0; at < length;)
        {
            var piece = (int)Math.Min(PieceBytes, length - at);
            var span = writer.GetSpan(piece)[..piece];
            answer.Body.Read(answer.Offset + at, span);
            if (corrupt >= at && corrupt < at + piece)
            {
                span[(int)(corrupt - at)] ^= 1;
            }

            writer.Advance(piece);
            at += piece;
            await writer.FlushAsync(http.RequestAborted);
        }
    }

    private static Answer WithWrongETag(Answer answer)
    {
        var headers = answer.Headers.Select(h => h.Name == "ETag" ? (h.Name, Wrong(h.Value)) : h).ToList();
        var isXml = headers.Exists(h => h == ("Content-Type", "application/xml"));
        if (!isXml)
        {
            return new Answer(answer.Status)
            {
                Headers = headers,
                Body = answer.Body,
                Offset = answer.Offset,
                Length = answer.Length,
                SendsBody = answer.SendsBody,
                ErrorCode = answer.ErrorCode,
            };
        }

        var bytes = Encoding.UTF8.GetBytes(InXml().Replace(Encoding.UTF8.GetString(answer.Body.ToArray()), m => m.Groups[1].Value + Wrong(m.Groups[2].Value)));
        return new Answer(answer.Status) { Headers = headers, Body = new ByteContent(bytes), Length = bytes.Length, ErrorCode = answer.ErrorCode };
    }

    // The first hexadecimal digit becomes another one.
    private static string Wrong(string etag) => FirstDigit().Replace(etag, m => m.Value == "0" ? "1" : "0", 1);

    [GeneratedRegex("(<ETag>&quot;)([0-9a-f-]+)")]
    private static partial Regex InXml();

    [GeneratedRegex("[0-9a-f]")]
    private static partial Regex FirstDigit();
}
