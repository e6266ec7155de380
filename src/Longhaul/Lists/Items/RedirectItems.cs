using System.Globalization;
using System.Text;
using System.Text.Json;
using Longhaul.Hosting.Bodies;

namespace Longhaul.Lists.Items;

internal sealed class RedirectItems : ItemKind
{
    private const int Source = 0;
    private const int Target = 1;
    private const int StatusCode = 2;
    private const int FirstFlag = 3;
    private const int SubpathMatching = 4;
    private const int PreserveQueryString = 5;
    private const int MaxSubpathSlashes = 16;
    private const string SourcePath = "/redirect/source_url";
    private const string TargetPath = "/redirect/target_url";

    // In the order of a payload, so that equal items are equal bytes.
    private static readonly ItemShape Shape = new(
        "redirect",
        ("source_url", ItemMemberType.Text),
        ("target_url", ItemMemberType.Text),
        ("status_code", ItemMemberType.Integer),
        ("include_subdomains", ItemMemberType.Flag),
        ("subpath_matching", ItemMemberType.Flag),
        ("preserve_query_string", ItemMemberType.Flag),
        ("preserve_path_suffix", ItemMemberType.Flag));

    private static readonly byte[][] FlagNames =
    [
        [.. ",\"include_subdomains\":"u8],
        [.. ",\"subpath_matching\":"u8],
        [.. ",\"preserve_query_string\":"u8],
        [.. ",\"preserve_path_suffix\":"u8],
    ];

    private static readonly ItemFault WrongType = ItemFault.InvalidJson(
        """'redirect' must be an object like {"source_url":"example.com/","target_url":"https://www.example.com/"}""");

    private static readonly ItemFault NoSource = new(
        "invalid_source_url", "'source_url' is missing; send one like https://example.com/path", SourcePath);

    private static readonly ItemFault SourceTooLong = new(
        "invalid_source_url", "is too long; a source URL has at most 32768 bytes", SourcePath);

    private static readonly ItemFault NotASource = new(
        "invalid_source_url",
        "is no source URL; send host and path like example.com/path, with http:// or https:// or none of them, without user "
            + "info, port, query, fragment, '*', blanks or control characters",
        SourcePath);

    private static readonly ItemFault TooManySlashes = new(
        "invalid_source_url",
        "with 'subpath_matching' the path has at most 16 slashes; send a shorter path or leave 'subpath_matching' out",
        SourcePath);

    private static readonly ItemFault NoTarget = new(
        "invalid_target_url", "'target_url' is missing; send one like https://www.example.com/path", TargetPath);

    private static readonly ItemFault TargetTooLong = new(
        "invalid_target_url", "is too long; a target URL has at most 32768 bytes", TargetPath);

    private static readonly ItemFault NotATarget = new(
        "invalid_target_url",
        "is no target URL; send one with its scheme like https://www.example.com/path, without blanks or control characters",
        TargetPath);

    private static readonly ItemFault TargetHasQuery = new(
        "invalid_target_url",
        "with 'preserve_query_string' the target has no query of its own; leave out either of them",
        TargetPath);

    private static readonly ItemFault BadStatusCode = new(
        "invalid_status_code", "is no status code of a redirect; send 301, 302, 307 or 308, or leave it out", "/redirect/status_code");

    public override string Name => "redirect";

    public override ItemMembers Member => ItemMembers.Redirect;

    public override string ValuePath => SourcePath;

    public override string Example =>
        """{"redirect":{"source_url":"example.com/","target_url":"https://www.example.com/"}}""";

    public override ItemFault? Read(ref Utf8JsonReader reader, ItemDraft draft)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return WrongType;
        }

        var seen = 0;
        var redirect = default(RedirectState);
        ItemFault? fault = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Shape.ReadMember(ref reader, ref seen, out var member) is { } undecodable)
            {
                return undecodable;
            }

            // The first bad value is the one that is reported, but what cannot be decoded comes before it.
            if (member >= 0 && fault is null)
            {
                fault = ReadValue(ref reader, member, draft, ref redirect);
            }
        }

        fault ??= CheckTogether(draft, in redirect);
        if (fault is null)
        {
            draft.SetTextKey(draft.Canonical.Written);
            Write(draft, in redirect);
        }

        return fault;
    }

    public override byte[]? FindKey(string value)
    {
        if (JsonStrings.HasForbidden(value) || Encoding.UTF8.GetByteCount(value) > UrlText.MaxLength)
        {
            return null;
        }

        var canonical = new ByteBuffer(value.Length + 1);
        return SourceUrl.TryAppend(Encoding.UTF8.GetBytes(value), canonical) ? SortKeys.OfText(canonical.Written) : null;
    }

    public override ItemFilter Search(string term)
    {
        var lower = SearchText.Lower(term);
        return ItemFilter.Holding(
            SearchText.Json(lower),
            payload =>
            {
                using var document = JsonDocument.Parse(payload);
                var redirect = document.RootElement.GetProperty(Name);
                return Holds(redirect.GetProperty("source_url"), lower) || Holds(redirect.GetProperty("target_url"), lower);
            });
    }

    protected override string Value(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        for (var depth = 0; depth < 2; depth++)
        {
            reader.Read();
            reader.Read();
        }

        reader.Read();
        return reader.GetString()!;
    }

    private static bool Holds(JsonElement url, string lower) => SearchText.Lower(url.GetString()!).Contains(lower, StringComparison.Ordinal);

    private static ItemFault? ReadValue(ref Utf8JsonReader reader, int member, ItemDraft draft, ref RedirectState redirect)
    {
        redirect.Sent |= 1 << member;
        var fault = member switch
        {
            Source => ReadSource(ref reader, draft),
            Target => ReadTarget(ref reader, draft),
            StatusCode => ReadStatusCode(reader.ValueSpan, ref redirect),
            _ => null,
        };
        if (member >= FirstFlag && reader.GetBoolean())
        {
            redirect.True |= 1 << member;
        }

        if (fault is not null)
        {
            draft.SetFaultyValue(reader.ValueSpan);
        }

        return fault;
    }

    private static ItemFault? ReadSource(ref Utf8JsonReader reader, ItemDraft draft)
    {
        if (!draft.TryReadText(ref reader, UrlText.MaxLength, out var text))
        {
            return SourceTooLong;
        }

        if (!SourceUrl.TryAppend(text, draft.Canonical))
        {
            return NotASource;
        }

        draft.NoteChange(text, draft.Canonical.Written);
        return null;
    }

    private static ItemFault? ReadTarget(ref Utf8JsonReader reader, ItemDraft draft)
    {
        if (!draft.TryReadText(ref reader, UrlText.MaxLength, out var text))
        {
            return TargetTooLong;
        }

        if (!TargetUrl.IsValid(text))
        {
            return NotATarget;
        }

        draft.Target.Append(text);
        return null;
    }

    private static ItemFault? ReadStatusCode(ReadOnlySpan<byte> digits, ref RedirectState redirect)
    {
        // Any other integer, of any number of digits, is refused alike.
        _ = int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out redirect.StatusCode);
        return redirect.StatusCode is 301 or 302 or 307 or 308 ? null : BadStatusCode;
    }

    private static ItemFault? CheckTogether(ItemDraft draft, in RedirectState redirect)
    {
        if (!redirect.Has(Source))
        {
            return NoSource;
        }

        if (!redirect.Has(Target))
        {
            return NoTarget;
        }

        if (redirect.IsTrue(SubpathMatching) && SourceUrl.CountSlashes(draft.Canonical.Written) > MaxSubpathSlashes)
        {
            return TooManySlashes;
        }

        return redirect.IsTrue(PreserveQueryString) && TargetUrl.HasQuery(draft.Target.Written) ? TargetHasQuery : null;
    }

    private static void Write(ItemDraft draft, in RedirectState redirect)
    {
        var json = draft.Member;
        json.Append("\"redirect\":{\"source_url\":\""u8);
        json.AppendEscaped(draft.Canonical.Written);
        json.Append("\",\"target_url\":\""u8);
        json.AppendEscaped(draft.Target.Written);
        json.Append("\""u8);
        if (redirect.Has(StatusCode))
        {
            Span<byte> digits = stackalloc byte[3];
            redirect.StatusCode.TryFormat(digits, out _, default, CultureInfo.InvariantCulture);
            json.Append(",\"status_code\":"u8);
            json.Append(digits);
        }

        for (var i = 0; i < FlagNames.Length; i++)
        {
            if (redirect.Has(FirstFlag + i))
            {
                json.Append(FlagNames[i]);
                json.Append(redirect.IsTrue(FirstFlag + i) ? "true"u8 : "false"u8);
            }
        }

        json.Append("}"u8);
    }

    private struct RedirectState
    {
        public int Sent;
        public int True;
        public int StatusCode;

        public readonly bool Has(int member) => (Sent & (1 << member)) != 0;

        public readonly bool IsTrue(int member) => (True & (1 << member)) != 0;
    }
}
