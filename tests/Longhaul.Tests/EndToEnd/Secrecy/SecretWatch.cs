using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Longhaul.Tests.EndToEnd.Secrecy;

/// <summary>Knows some secrets and finds them in whatever is shown to it, however they are written there.</summary>
internal sealed partial class SecretWatch
{
    private readonly Dictionary<string, string> _needles = new(StringComparer.Ordinal);
    private SearchValues<string>? _all;

    public void Add(string name, string secret)
    {
        void Needle(string form, string text) => _needles.TryAdd(text, $"{name} ({form})");

        // What escapes and encodes leave alone: a part of a secret is a secret too.
        var runs = Run().Matches(secret).Select(m => m.Value).ToList();
        Assert.NotEmpty(runs);
        foreach (var run in runs)
        {
            Needle("in clear", run);
            Needle("as UTF-16", Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(run)));
            Needle("in hex", Convert.ToHexStringLower(Encoding.ASCII.GetBytes(run)));
            Needle("in HEX", Convert.ToHexString(Encoding.ASCII.GetBytes(run)));
            for (var shift = 0; shift < 3; shift++)
            {
                // Whatever stands before and behind it in the same text changes the characters at its ends.
                var packed = Convert.ToBase64String([.. new byte[shift], .. Encoding.UTF8.GetBytes(run)])[(shift == 0 ? 0 : shift + 1)..].TrimEnd('=');
                Needle("in base64", packed[..^1]);
                Needle("in base64 for URLs", packed[..^1].Replace('+', '-').Replace('/', '_'));
            }
        }

        Needle("as it is", ToLatin1(secret));
        Needle("JSON-escaped", ToLatin1(JsonEncodedText.Encode(secret).ToString()));
        Needle("URL-encoded", Uri.EscapeDataString(secret));
        Needle("form-encoded", WebUtility.UrlEncode(secret));
        _all = null;
    }

    /// <summary>Fails when one of the secrets is in it.</summary>
    public void Look(string place, ReadOnlySpan<byte> bytes) => LookAt(place, Encoding.Latin1.GetString(bytes));

    /// <summary>The same of a text.</summary>
    public void Look(string place, string text) => LookAt(place, ToLatin1(text));

    /// <summary>The first secret in a text, as it is named, or null.</summary>
    public string? Find(string text) => FindIn(ToLatin1(text)) is var (name, _) ? name : null;

    private static string ToLatin1(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private void LookAt(string place, string text)
    {
        if (FindIn(text) is var (name, at))
        {
            Assert.Fail($"{place} holds {name}: …{text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 100)]}…");
        }
    }

    private (string Name, int At)? FindIn(string text)
    {
        _all ??= SearchValues.Create([.. _needles.Keys], StringComparison.Ordinal);
        var at = text.AsSpan().IndexOfAny(_all);
        return at < 0 ? null : (_needles.First(n => text.AsSpan(at).StartsWith(n.Key, StringComparison.Ordinal)).Value, at);
    }

    // Long enough that no accident makes it.
    [GeneratedRegex("[A-Za-z0-9]{16,}")]
    private static partial Regex Run();
}
