using System.Globalization;

namespace Longhaul.TestStores.Injection;

/// <summary>
/// A fault as the command line writes it: <c>slowdown,verb=GetObject,p=0.01</c>. Members: verb (several with +), key (a prefix), bucket,
/// p, skip, times; the effect comes first, with a number behind a colon where it takes one: <c>latency:20</c> (milliseconds).
/// </summary>
public static class FaultLine
{
    public static Fault Parse(string line)
    {
        var pieces = line.Split(',');
        var members = pieces.Skip(1).Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p.Length > 1 ? p[1] : "");
        foreach (var unknown in members.Keys.Except(["verb", "key", "bucket", "p", "skip", "times"]))
        {
            throw new FormatException($"fault '{line}': unknown member '{unknown}'; there are verb, key, bucket, p, skip and times");
        }

        var prefix = members.GetValueOrDefault("key");
        return new Fault(Effect(line, pieces[0]))
        {
            Verbs = members.TryGetValue("verb", out var verbs) ? [.. verbs.Split('+').Select(Enum.Parse<S3Verb>)] : [],
            Bucket = members.GetValueOrDefault("bucket"),
            Key = prefix is null ? null : key => key.StartsWith(prefix, StringComparison.Ordinal),
            Probability = members.TryGetValue("p", out var p) ? double.Parse(p, CultureInfo.InvariantCulture) : 1,
            Skip = members.TryGetValue("skip", out var skip) ? int.Parse(skip, CultureInfo.InvariantCulture) : 0,
            Times = members.TryGetValue("times", out var times) ? int.Parse(times, CultureInfo.InvariantCulture) : int.MaxValue,
        };
    }

    private static Effect Effect(string line, string word)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        var number = colon < 0 ? (int?)null : int.Parse(word.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        return (colon < 0 ? word : word[..colon]) switch
        {
            "slowdown" => Injection.Effect.SlowDown(number),
            "429" => Injection.Effect.TooManyRequests(number),
            "500" => Injection.Effect.InternalError(),
            "408" => Injection.Effect.RequestTimeout(),
            "403" => Injection.Effect.AccessDenied(),
            "409" => Injection.Effect.ConditionalRequestConflict(),
            "501" => Injection.Effect.NotImplemented(),
            "reset" => Injection.Effect.ResetBefore(),
            "reset-after" => Injection.Effect.ResetAfter(number ?? 1),
            "lost-reply" => Injection.Effect.LostReply(),
            "truncate" => Injection.Effect.Truncate(number ?? 1),
            "corrupt" => Injection.Effect.Corrupt(),
            "store-corrupted" => Injection.Effect.StoreCorrupted(),
            "wrong-etag" => Injection.Effect.WrongETag(),
            "error-in-200" => Injection.Effect.ErrorIn200(),
            "done-but-error" => Injection.Effect.DoneButErrorIn200(),
            "no-such-upload" => Injection.Effect.NoSuchUpload(),
            "repeat-page" => Injection.Effect.RepeatPage(),
            "stuck-token" => Injection.Effect.StuckToken(),
            "missing-token" => Injection.Effect.MissingToken(),
            "reorder" => Injection.Effect.Reorder(),
            "ignore-conditions" => Injection.Effect.IgnoreConditions(),
            "latency" => Injection.Effect.Latency(TimeSpan.FromMilliseconds(number ?? 10)),
            _ => throw new FormatException($"fault '{line}': unknown effect '{word}'"),
        };
    }
}
