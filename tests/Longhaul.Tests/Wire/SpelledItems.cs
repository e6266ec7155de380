using System.Globalization;
using System.Text;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>One way to send an item, and what the contract makes of it.</summary>
/// <param name="Json">As sent.</param>
/// <param name="Key">Its <c>sort_key</c> of section 5.2.</param>
/// <param name="Value">Its canonical value as text.</param>
/// <param name="Kept">What a read answers but for id and times, as <see cref="ListsOfKinds.Sent(string)" /> writes it.</param>
internal sealed record SpelledItem(string Json, byte[] Key, string Value, string Kept);

/// <summary>A search and what it finds; the predicate sees the canonical value and the whole kept item.</summary>
internal sealed record SpelledSearch(string Term, bool IsExact, Func<string, string, bool> Finds);

/// <summary>Random items of one kind in many spellings, out of so few values that they meet again.</summary>
internal abstract class SpelledItems(Random random)
{
    private static readonly string?[] Comments = [null, null, "", "a", "b", "é \U0001F600 ～", "<&>\"\\/", new string('x', 500)];

    protected Random Random => random;

    public static SpelledItems Of(string kind, Random random) => kind switch
    {
        "ip" => new SpelledAddresses(random),
        "hostname" => new SpelledHostnames(random),
        "asn" => new SpelledNumbers(random),
        _ => new SpelledRedirects(random),
    };

    public SpelledItem Next()
    {
        var (key, value, sent, kept) = NextValue();
        var comment = OneOf(Comments);
        var members = new List<string> { sent };
        if (comment is not null)
        {
            members.Add($"\"comment\":{Quoted(comment)}");
        }
        else if (random.Next(5) == 0)
        {
            members.Add("\"comment\":null");
        }

        if (random.Next(8) == 0)
        {
            members.AddRange(ListsOfKinds.All.Where(k => !sent.StartsWith($"\"{k}\"", StringComparison.Ordinal)).Select(k => $"\"{k}\":null"));
        }

        var tail = comment is null ? "" : $",\"comment\":\"{JsonEncodedText.Encode(comment)}\"";
        return new SpelledItem(Object(members), key, value, ListsOfKinds.Sent($"{{{kept}{tail}}}"));
    }

    /// <summary>An item that a list of this kind refuses.</summary>
    public abstract string Bad();

    /// <summary>A search that may find <paramref name="value" />.</summary>
    public abstract SpelledSearch Search(string value);

    protected abstract (byte[] Key, string Value, string Sent, string Kept) NextValue();

    protected T OneOf<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];

    protected string Object(List<string> members)
    {
        var shuffled = members.ToArray();
        random.Shuffle(shuffled);
        return $"{{{string.Join(random.Next(4) == 0 ? " ,\n" : ",", shuffled)}}}";
    }

    protected string Quoted(string text) => random.Next(3) == 0
        ? $"\"{JsonEncodedText.Encode(text)}\""
        : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    protected string AnyCase(string text) =>
        string.Concat(text.Select(c => random.Next(3) == 0 ? char.ToUpperInvariant(c) : c));

    protected string Part(string text)
    {
        var from = random.Next(text.Length);
        var part = text[from..random.Next(from + 1, text.Length + 1)];

        // Half a pair of UTF-16 is no text.
        return char.IsLowSurrogate(part[0]) || char.IsHighSurrogate(part[^1]) ? text : part;
    }

    private sealed class SpelledAddresses(Random random) : SpelledItems(random)
    {
        public override string Bad() => OneOf((string[])["""{"ip":"1.2.3"}""", """{"ip":"10.0.0.0/7"}""", """{"ip":"::ffff:1.2.3.4"}""", """{"ip":7}""", """{"asn":7}""", "{}", """{"ip":"1.2.3.4","x":1}"""]);

        public override SpelledSearch Search(string value)
        {
            var address = value.Split('/')[0];
            return Random.Next(4) switch
            {
                0 => new SpelledSearch(AnyCase(value), true, (v, _) => v == value),
                1 when address == value => new SpelledSearch($"{value}/{(value.Contains(':', StringComparison.Ordinal) ? 128 : 32)}", false, (v, _) => v.StartsWith(value, StringComparison.Ordinal)),
                _ => Prefix(address[..Random.Next(1, address.Length + 1)]),
            };
        }

        protected override (byte[] Key, string Value, string Sent, string Kept) NextValue()
        {
            var isSix = Random.Next(2) == 0;
            var bytes = new byte[isSix ? 16 : 4];
            if (isSix)
            {
                (bytes[0], bytes[1], bytes[2], bytes[3]) = (0x20, 0x01, 0x0d, 0xb8);
                bytes[5] = (byte)Random.Next(3);
                bytes[9] = (byte)Random.Next(2);
                bytes[15] = (byte)Random.Next(20);
            }
            else
            {
                (bytes[0], bytes[1], bytes[2], bytes[3]) = ((byte)Random.Next(9, 12), (byte)Random.Next(2), 0, (byte)Random.Next(60));
            }

            var most = bytes.Length * 8;
            var prefix = Random.Next(3) > 0 ? most : isSix ? OneOf((int[])[12, 32, 48, 64, 96, 127]) : OneOf((int[])[8, 16, 24, 30, 31]);
            var spelled = isSix ? SixInFull(bytes) : string.Join('.', bytes);
            spelled += prefix < most || Random.Next(4) == 0 ? $"/{prefix}" : "";
            for (var bit = prefix; bit < most; bit++)
            {
                bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            }

            var value = (isSix ? SixShort(bytes) : string.Join('.', bytes)) + (prefix < most ? $"/{prefix}" : "");
            byte[] key = [(byte)(isSix ? 6 : 4), .. bytes, .. new byte[16 - bytes.Length], (byte)prefix];
            return (key, value, $"\"ip\":{Quoted(spelled)}", $"\"ip\":\"{value}\"");
        }

        private static SpelledSearch Prefix(string text) => new(text, false, (v, _) => v.StartsWith(text, StringComparison.Ordinal));

        private string SixInFull(byte[] bytes) => Random.Next(3) == 0
            ? SixShort(bytes)
            : AnyCase(string.Join(':', Enumerable.Range(0, 8).Select(i => ((bytes[2 * i] << 8) | bytes[(2 * i) + 1]).ToString(Random.Next(2) == 0 ? "x" : "x4", CultureInfo.InvariantCulture))));

        /// <summary>RFC 5952: the first of the longest runs of at least two zero groups is left out.</summary>
        private static string SixShort(byte[] bytes)
        {
            var groups = Enumerable.Range(0, 8).Select(i => (bytes[2 * i] << 8) | bytes[(2 * i) + 1]).ToArray();
            var (at, length) = (-1, 1);
            for (var i = 0; i < 8; i++)
            {
                var run = groups.Skip(i).TakeWhile(g => g == 0).Count();
                if (run > length)
                {
                    (at, length) = (i, run);
                }
            }

            string Join(IEnumerable<int> some) => string.Join(':', some.Select(g => g.ToString("x", CultureInfo.InvariantCulture)));
            return at < 0 ? Join(groups) : $"{Join(groups.Take(at))}::{Join(groups.Skip(at + length))}";
        }
    }

    private sealed class SpelledHostnames(Random random) : SpelledItems(random)
    {
        public override string Bad() => OneOf((string[])["""{"hostname":{"url_hostname":"a_b.com"}}""", """{"hostname":{"url_hostname":"com"}}""", """{"hostname":{"url_hostname":"a.com","exclude_exact_hostname":false}}""", """{"ip":"1.2.3.4"}""", """{"hostname":5}"""]);

        public override SpelledSearch Search(string value)
        {
            if (Random.Next(3) == 0)
            {
                return new SpelledSearch(AnyCase(value), true, (v, _) => v == value);
            }

            var part = Part(value);
            return new SpelledSearch(AnyCase(part), false, (v, _) => v.Contains(part, StringComparison.Ordinal));
        }

        protected override (byte[] Key, string Value, string Sent, string Kept) NextValue()
        {
            var isWild = Random.Next(3) == 0;
            var value = (isWild ? "*." : "") + OneOf((string[])["", "", "www.", "a-b.", "xn--bcher-kva."]) + OneOf((string[])["h", "host", "1"]) + Random.Next(25).ToString(CultureInfo.InvariantCulture) + OneOf((string[])[".com", ".example.org"]);
            var flag = isWild ? OneOf((bool?[])[null, true, false]) : null;
            var members = new List<string> { $"\"url_hostname\":{Quoted(AnyCase(value))}" };
            if (flag is not null || Random.Next(4) == 0)
            {
                members.Add($"\"exclude_exact_hostname\":{(flag is { } f ? f ? "true" : "false" : "null")}");
            }

            var kept = isWild ? $",\"exclude_exact_hostname\":{(flag ?? true ? "true" : "false")}" : "";
            return (Encoding.UTF8.GetBytes(value), value, $"\"hostname\":{Object(members)}", $"\"hostname\":{{\"url_hostname\":\"{value}\"{kept}}}");
        }
    }

    private sealed class SpelledNumbers(Random random) : SpelledItems(random)
    {
        public override string Bad() => OneOf((string[])["""{"asn":0}""", """{"asn":4294967296}""", """{"asn":"5"}""", """{"asn":5.0}""", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com"}}"""]);

        public override SpelledSearch Search(string value)
        {
            var text = Random.Next(3) == 0 ? value[..Random.Next(1, value.Length + 1)] : value;
            return new SpelledSearch(OneOf((string[])["", "AS", "as"]) + text, Random.Next(2) == 0, (v, _) => v == text);
        }

        protected override (byte[] Key, string Value, string Sent, string Kept) NextValue()
        {
            var number = OneOf((long[])[Random.Next(1, 100), Random.Next(250, 300), 65_500 + Random.Next(60), 4_294_967_295 - Random.Next(20)]);
            var value = number.ToString(CultureInfo.InvariantCulture);
            return ([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number], value, $"\"asn\":{value}", $"\"asn\":{value}");
        }
    }

    private sealed class SpelledRedirects(Random random) : SpelledItems(random)
    {
        private static readonly string[] Flags = ["include_subdomains", "subpath_matching", "preserve_query_string", "preserve_path_suffix"];

        public override string Bad() => OneOf((string[])
        [
            """{"redirect":{"source_url":"a.com:80/","target_url":"https://b.com"}}""", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com","status_code":0}}""",
            """{"redirect":{"source_url":"a.com/?q","target_url":"https://b.com"}}""", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com/?q","preserve_query_string":true}}""",
            """{"redirect":{"source_url":"a.com/","target_url":"https://b.com","x":true}}""", """{"hostname":{"url_hostname":"a.com"}}""",
        ]);

        public override SpelledSearch Search(string value)
        {
            if (Random.Next(3) == 0)
            {
                return new SpelledSearch(value, true, (v, _) => v == value);
            }

            var part = Part(Random.Next(4) == 0 ? OneOf((string[])["target3", "x=2", "magnet:?", "example.net"]) : value);
            return new SpelledSearch(OneOf((string[])[part, Lowered(part)]), false, (v, kept) => Lowered(v).Contains(Lowered(part), StringComparison.Ordinal) || Lowered(Target(kept)).Contains(Lowered(part), StringComparison.Ordinal));
        }

        protected override (byte[] Key, string Value, string Sent, string Kept) NextValue()
        {
            var scheme = OneOf((string[])["", "", "http://", "https://"]);
            var host = OneOf((string[])["a.com", "b.example.org", "localhost", "192.0.2.7"]);
            var path = OneOf((string[])["/", "", "/x", "/X", "/～", "/\U0001F600", "/é/%C3%A9", "/n" + Random.Next(20).ToString(CultureInfo.InvariantCulture), "/" + (char)('a' + Random.Next(3)) + new string('l', 1_500), "/" + new string('m', 990 - scheme.Length - host.Length + Random.Next(8))]);
            var value = scheme + host + (path.Length == 0 ? "/" : path);
            var target = OneOf((string[])["https://target3.example.net/A", "magnet:?xt=urn:1&x=2", "https://u@example.net:8443/#é", "https://example.net/?x=2"]);
            var members = new List<string> { $"\"source_url\":{Quoted(AnyCase(scheme + host) + path)}", $"\"target_url\":{Quoted(target)}" };
            var kept = new List<string> { $"\"source_url\":\"{JsonEncodedText.Encode(value)}\"", $"\"target_url\":\"{JsonEncodedText.Encode(target)}\"" };
            if (Random.Next(3) == 0)
            {
                kept.Add($"\"status_code\":{OneOf((int[])[301, 302, 307, 308])}");
                members.Add(kept[^1]);
            }

            foreach (var flag in Flags.Where(_ => Random.Next(3) == 0))
            {
                var isTrue = Random.Next(2) == 0 && !(flag == "preserve_query_string" && target.Contains('?', StringComparison.Ordinal));
                members.Add($"\"{flag}\":{OneOf((string[])[isTrue ? "true" : "false", isTrue ? "true" : "false", "null"])}");
                if (!members[^1].EndsWith("null", StringComparison.Ordinal))
                {
                    kept.Add(members[^1]);
                }
            }

            var key = Encoding.UTF8.GetBytes(value);
            return (key, value, $"\"redirect\":{Object(members)}", $"\"redirect\":{{{string.Join(',', kept)}}}");
        }

        private static string Lowered(string text) => string.Concat(text.Select(c => char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c));

        private static string Target(string kept)
        {
            using var document = JsonDocument.Parse(kept);
            return document.RootElement.GetProperty("redirect").GetProperty("target_url").GetString()!;
        }
    }
}
