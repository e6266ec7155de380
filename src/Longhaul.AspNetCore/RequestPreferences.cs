using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>Reads the headers by which a caller asks for more than the plain answer: <c>Prefer: wait</c> and <c>Idempotency-Key</c>.</summary>
internal static class RequestPreferences
{
    private const int MaxKeyLength = 255;

    /// <summary>
    /// Reads <c>Prefer: wait=N</c> (RFC 7240). Returns false when N is no number from 1 on; <paramref name="wait"/> is null without the
    /// preference and cut to <paramref name="maxSeconds"/>.
    /// </summary>
    public static bool TryReadWait(HttpRequest request, int maxSeconds, out TimeSpan? wait)
    {
        wait = null;
        foreach (var header in request.Headers["Prefer"])
        {
            foreach (var part in (header ?? "").Split([',', ';'], StringSplitOptions.TrimEntries))
            {
                if (!part.StartsWith("wait=", StringComparison.OrdinalIgnoreCase))
                {
                    continue;
                }

                if (!int.TryParse(part.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                {
                    // Digits alone that do not fit are a very long wait.
                    seconds = part.Length > 5 && part.AsSpan(5).IndexOfAnyExceptInRange('0', '9') < 0 ? maxSeconds : 0;
                }

                if (seconds < 1)
                {
                    return false;
                }

                wait ??= TimeSpan.FromSeconds(Math.Min(seconds, maxSeconds));
            }
        }

        return true;
    }

    /// <summary>Says in the answer that the wait was honoured.</summary>
    public static void ConfirmWait(HttpResponse response, TimeSpan? wait)
    {
        if (wait is { } applied)
        {
            response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"wait={applied.TotalSeconds:0}");
            response.Headers.Append("Vary", "Prefer");
        }
    }

    /// <summary>
    /// Reads <c>Idempotency-Key</c>, bare or as a quoted string. Returns false when it is not 1 to 255 printable ASCII characters;
    /// <paramref name="key"/> is null without the header.
    /// </summary>
    public static bool TryReadKey(HttpRequest request, out string? key)
    {
        key = null;
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
        {
            return true;
        }

        var text = values.ToString();
        if (text is ['"', .. var inner, '"'])
        {
            text = inner;
        }

        if (text.Length is 0 or > MaxKeyLength || text.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0)
        {
            return false;
        }

        key = text;
        return true;
    }

    /// <summary>SHA-256 of principal, method, path and key.</summary>
    public static byte[] KeyScope(HttpRequest request, string principal, string key) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{principal}\n{request.Method}\n{request.Path}\n{key}"));

    /// <summary>SHA-256 of method, path, query and body, and of what a header makes the body mean.</summary>
    public static byte[] Fingerprint(HttpRequest request, ReadOnlySpan<byte> body, string meaning = "")
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.Path}\n{request.QueryString}\n{meaning}"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
