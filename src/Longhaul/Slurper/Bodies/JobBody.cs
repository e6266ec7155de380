using System.Buffers;
using System.Text;
using System.Text.Json;
using Longhaul.Hosting.Bodies;

namespace Longhaul.Slurper.Bodies;

/// <summary>What a body is.</summary>
internal enum BodyForm
{
    Job,
    Source,
    Target,
    Secrets,
}

/// <summary>
/// Reads the text of a body in one pass and holds no more than its strings: names and types are checked here, values and what belongs
/// together by <see cref="SideChecks"/>. All faults are told, not only the first one.
/// </summary>
internal ref struct JobBody
{
    private const int MaxKeys = 10_000;
    private const int MaxKeyBytes = 1_024;
    private const int MaxNameLength = 100;
    private const int MaxShownSecretName = 24;

    private static readonly SearchValues<byte> WordBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"u8);

    private static readonly string[] JobMembers = ["source", "target", "overwrite", "name"];
    private static readonly string[] SourceMembers = ["vendor", "bucket", "secret", "endpoint", "region", "jurisdiction", "pathPrefix", "keys"];
    private static readonly string[] TargetMembers = ["vendor", "bucket", "secret", "endpoint", "region", "jurisdiction"];
    private static readonly string[] SideMembers = ["source", "target"];
    private static readonly string[] OnlySecret = ["secret"];
    private static readonly string[] SecretMembers = ["accessKeyId", "secretAccessKey", "clientEmail", "privateKey"];

    private readonly JobFaults _faults;
    private Utf8JsonReader _reader;

    private JobBody(ReadOnlySpan<byte> body, JobFaults faults)
    {
        _faults = faults;
        _reader = new Utf8JsonReader(body, StrictJson.Options);
    }

    /// <summary>Reads a body; null when it is no JSON object at all, which is a fault then.</summary>
    public static RawJob? Read(ReadOnlySpan<byte> body, BodyForm form, string prefix, JobFaults faults)
    {
        var shape = ShapeOf(form);
        if (StrictJson.CheckText(body, shape) is { } unreadable)
        {
            faults.InvalidJson(prefix, unreadable);
            return null;
        }

        var reading = new JobBody(body, faults);
        try
        {
            reading._reader.Read();
            if (reading._reader.TokenType == JsonTokenType.StartObject)
            {
                var job = reading.ReadRoot(form, prefix);
                StrictJson.ExpectEnd(ref reading._reader);
                return job;
            }

            var type = StrictJson.Describe(reading._reader.TokenType);
            StrictJson.TrySkip(ref reading._reader);
            StrictJson.ExpectEnd(ref reading._reader);
            faults.Invalid(prefix, $"the body is {type}; {shape}");
        }
        catch (JsonException exception)
        {
            faults.InvalidJson(prefix, StrictJson.Describe(exception));
        }

        return null;
    }

    private static string ShapeOf(BodyForm form) => form switch
    {
        BodyForm.Job => """send {"source":{"vendor":…,"bucket":…,"secret":{…}},"target":{…}}""",
        BodyForm.Secrets => """send {"source":{"secret":{…}},"target":{"secret":{…}}}""",
        _ => """send {"vendor":…,"bucket":…,"secret":{…}}""",
    };

    private RawJob ReadRoot(BodyForm form, string prefix)
    {
        switch (form)
        {
            case BodyForm.Source:
                return new RawJob { Source = ReadSide(prefix, SourceMembers) };
            case BodyForm.Target:
                return new RawJob { Target = ReadSide(prefix, TargetMembers) };
        }

        var job = new RawJob();
        while (NextMember(prefix, form == BodyForm.Job ? JobMembers : SideMembers, job.Present, out var name))
        {
            var at = $"{prefix}/{name}";
            switch (name)
            {
                case "source":
                    job.Source = EnterObject(at) ? ReadSide(at, form == BodyForm.Job ? SourceMembers : OnlySecret) : null;
                    break;
                case "target":
                    job.Target = EnterObject(at) ? ReadSide(at, form == BodyForm.Job ? TargetMembers : OnlySecret) : null;
                    break;
                case "overwrite":
                    job.Overwrite = ReadBoolean(at);
                    break;
                default:
                    job.Name = ReadName(at);
                    break;
            }
        }

        return job;
    }

    private RawSide ReadSide(string at, string[] members)
    {
        var side = new RawSide();
        while (NextMember(at, members, side.Present, out var name))
        {
            var pointer = $"{at}/{name}";
            switch (name)
            {
                case "secret":
                    side.Secret = EnterObject(pointer) ? ReadSecret(pointer) : null;
                    break;
                case "keys":
                    side.Keys = ReadKeys(pointer);
                    break;
                default:
                    if (ReadText(pointer, mayBeNull: name is not ("vendor" or "bucket")) is { } text)
                    {
                        side.Texts.Add(name, text);
                    }

                    break;
            }
        }

        return side;
    }

    private RawSecret ReadSecret(string at)
    {
        var secret = new RawSecret();
        while (NextMember(at, SecretMembers, secret.Present, out var name, isSecret: true))
        {
            if (ReadText($"{at}/{name}", mayBeNull: false) is { } text)
            {
                secret.Texts.Add(name, text);
            }
        }

        return secret;
    }

    /// <summary>Goes to the value of the next known member; false at the end of the object. What is unknown or repeated is told and passed over.</summary>
    private bool NextMember(string at, string[] known, HashSet<string> present, out string name, bool isSecret = false)
    {
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Find(known) is { } found)
            {
                if (present.Add(found))
                {
                    name = found;
                    _reader.Read();
                    return true;
                }

                _faults.Invalid($"{at}/{found}", "it stands here more than once");
            }
            else
            {
                TellUnknown(at, known, isSecret);
            }

            _reader.Read();
            StrictJson.TrySkip(ref _reader);
        }

        name = "";
        return false;
    }

    private readonly string? Find(string[] known)
    {
        foreach (var name in known)
        {
            if (_reader.ValueTextEquals(name))
            {
                return name;
            }
        }

        return null;
    }

    private readonly void TellUnknown(string at, string[] known, bool isSecret)
    {
        // Among secrets a name may be one by mistake: only what looks like a word is shown.
        var raw = _reader.ValueSpan;
        var isShown = !isSecret || (raw.Length <= MaxShownSecretName && raw.IndexOfAnyExcept(WordBytes) < 0);
        if (JsonStrings.HasForbidden(in _reader))
        {
            _faults.Invalid(at, isShown ? $"the name {StrictJson.Quote(raw)} of a member has U+0000 or a lone surrogate" : "the name of a member has U+0000 or a lone surrogate");
            return;
        }

        var advice = MemberHints.Find(Encoding.UTF8.GetString(raw), known) ?? $"there can only be {string.Join(", ", known.Select(k => $"'{k}'"))}";
        _faults.Invalid(
            isShown ? StrictJson.Pointer(at, in _reader) : at,
            isShown ? $"unknown member {StrictJson.Quote(raw)}; {advice}" : $"it has an unknown member; {advice}");
    }

    private bool EnterObject(string at)
    {
        if (_reader.TokenType == JsonTokenType.StartObject)
        {
            return true;
        }

        TellType(at, "an object");
        return false;
    }

    private void TellType(string at, string wanted)
    {
        _faults.Invalid(at, $"it must be {wanted}, not {StrictJson.Describe(_reader.TokenType)}");
        StrictJson.TrySkip(ref _reader);
    }

    private string? ReadText(string at, bool mayBeNull)
    {
        if (_reader.TokenType != JsonTokenType.String)
        {
            if (_reader.TokenType != JsonTokenType.Null || !mayBeNull)
            {
                TellType(at, "a string");
            }

            return null;
        }

        if (JsonStrings.HasForbidden(in _reader))
        {
            _faults.Invalid(at, "it has U+0000 or a lone surrogate");
            return null;
        }

        return _reader.GetString();
    }

    private bool ReadBoolean(string at)
    {
        if (_reader.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return _reader.GetBoolean();
        }

        TellType(at, "true or false");
        return true;
    }

    private string? ReadName(string at)
    {
        var name = ReadText(at, mayBeNull: true);
        if (name?.EnumerateRunes().Count() > MaxNameLength)
        {
            _faults.Invalid(at, $"a name has at most {MaxNameLength} characters");
        }

        return string.IsNullOrEmpty(name) ? null : name;
    }

    private List<string>? ReadKeys(string at)
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            if (_reader.TokenType != JsonTokenType.Null)
            {
                TellType(at, "an array of strings");
            }

            return null;
        }

        var keys = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var count = 0L;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (count++ >= MaxKeys)
            {
                StrictJson.TrySkip(ref _reader);
            }
            else if (ReadKey(at, count - 1) is { } key && seen.Add(key))
            {
                keys.Add(key);
            }
        }

        if (count == 0)
        {
            _faults.Invalid(at, "an empty list names nothing to copy; leave 'keys' out to copy everything");
        }
        else if (count > MaxKeys)
        {
            _faults.Invalid(at, $"{count} keys are too many; at most {MaxKeys} go into one job, so make several or use 'pathPrefix'");
        }

        return keys;
    }

    private string? ReadKey(string at, long index)
    {
        if (_reader.TokenType == JsonTokenType.String && !JsonStrings.HasForbidden(in _reader))
        {
            var key = _reader.GetString()!;
            if (Encoding.UTF8.GetByteCount(key) is >= 1 and <= MaxKeyBytes)
            {
                return key;
            }

            _faults.Invalid($"{at}/{index}", $"a key has 1 to {MaxKeyBytes} bytes");
            return null;
        }

        return ReadText($"{at}/{index}", mayBeNull: false);
    }
}
