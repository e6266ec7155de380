using System.Buffers;
using System.Globalization;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>Reads the filters of a listing or of an event stream, strictly: everything that is wrong is named.</summary>
internal static class FilterReader
{
    private const int MaxValues = 50;
    private const int MaxLabels = 16;
    private const int MaxIds = 200;

    private static readonly SearchValues<char> KindName = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    private static readonly string[] TimeForms =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>The query parameters of a listing.</summary>
    public static ReadOnlySpan<string> ListParameters => (string[])
        ["account", "kind", "state", "done", "label", "createdAfter", "createdBefore", "retryOf", "pageSize", "pageToken"];

    /// <summary>The query parameters of an event stream of many.</summary>
    public static ReadOnlySpan<string> EventParameters => (string[])["account", "kind", "state", "operations", "access_token"];

    public static OperationFilter Read(IQueryCollection query)
    {
        var errors = new List<(string Detail, string Pointer)>();
        var filter = new OperationFilter
        {
            Accounts = ReadOne(query, "account", errors, ReadAccount) is { } account ? [account] : null,
            Kinds = ReadMany(query, "kind", MaxValues, errors, ReadKind)?.ConvertAll(k => k!),
            States = ReadMany(query, "state", MaxValues, errors, ReadState)?.ConvertAll(s => s!.Value),
            IsDone = ReadOne(query, "done", errors, ReadBool),
            Labels = ReadMany(query, "label", MaxLabels, errors, ReadLabel)?.ConvertAll(l => l!.Value) ?? [],
            CreatedAfter = ReadOne(query, "createdAfter", errors, ReadTime),
            CreatedBefore = ReadOne(query, "createdBefore", errors, ReadTime),
            RetryOf = ReadOne(query, "retryOf", errors, ReadId),
            Ids = ReadIds(query, errors),
        };
        return errors.Count == 0 ? filter : throw new ProblemException(Problem.InvalidArgument(errors));
    }

    private static HashSet<OperationId>? ReadIds(IQueryCollection query, List<(string Detail, string Pointer)> errors)
    {
        if (!query.TryGetValue("operations", out var values))
        {
            return null;
        }

        var words = values.SelectMany(v => (v ?? "").Split(',')).ToList();
        if (words.Count > MaxIds)
        {
            errors.Add(($"operations takes at most {MaxIds} ids", "?operations"));
            return null;
        }

        var ids = new HashSet<OperationId>();
        foreach (var word in words)
        {
            if (OperationId.TryParse(word, out var id))
            {
                ids.Add(id);
            }
            else
            {
                errors.Add(($"'{SubmitFault.Show(word)}' is no id of an operation", "?operations"));
            }
        }

        return ids;
    }

    private static T? ReadOne<T>(IQueryCollection query, string name, List<(string Detail, string Pointer)> errors, Func<string, (T? Value, string? Fault)> read)
    {
        if (query.TryGetValue(name, out var values) && values.Count > 1)
        {
            errors.Add(($"{name} can be given once", $"?{name}"));
            return default;
        }

        var many = ReadMany(query, name, 1, errors, read);
        return many is [var one] ? one : default;
    }

    private static List<T?>? ReadMany<T>(
        IQueryCollection query, string name, int most, List<(string Detail, string Pointer)> errors, Func<string, (T? Value, string? Fault)> read)
    {
        if (!query.TryGetValue(name, out var values))
        {
            return null;
        }

        if (values.Count > most)
        {
            errors.Add(($"{name} can be given at most {most} times", $"?{name}"));
            return null;
        }

        var result = new List<T?>();
        foreach (var word in values)
        {
            var (value, fault) = read(word ?? "");
            if (fault is null)
            {
                result.Add(value);
            }
            else
            {
                errors.Add((fault, $"?{name}"));
            }
        }

        return result;
    }

    private static (string?, string?) ReadAccount(string word) =>
        AccountName.IsValid(word) ? (word, null) : (null, "account must be 1 to 64 of A-Z a-z 0-9 _ -");

    private static (string?, string?) ReadKind(string word)
    {
        var name = word.EndsWith(".*", StringComparison.Ordinal) ? word.AsSpan(0, word.Length - 2) : word;
        return name.Length is > 0 and <= 64 && name.IndexOfAnyExcept(KindName) < 0
            ? (word, null)
            : (null, $"'{SubmitFault.Show(word)}' is no kind; GET /v1/kinds lists them, and a pattern ends in .* as lists.* does");
    }

    private static (OperationState?, string?) ReadState(string word)
    {
        foreach (var state in Enum.GetValues<OperationState>())
        {
            if (state.Word == word)
            {
                return (state, null);
            }
        }

        return (null, $"unknown state '{SubmitFault.Show(word)}'; known are {string.Join(", ", Enum.GetValues<OperationState>().Select(s => s.Word))}");
    }

    private static (bool?, string?) ReadBool(string word) => word switch
    {
        "true" => (true, null),
        "false" => (false, null),
        _ => (null, "done must be true or false"),
    };

    private static (KeyValuePair<string, string>?, string?) ReadLabel(string word)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && SubmitReader.IsLabelKey(word.AsSpan(0, colon)) && SubmitReader.IsStorable(word)
            ? (new KeyValuePair<string, string>(word[..colon], word[(colon + 1)..]), null)
            : (null, $"label must be key:value with a key of 1 to 63 of a-z 0-9 . _ -, not '{SubmitFault.Show(word)}'");
    }

    private static (long?, string?) ReadTime(string word) =>
        word.Length >= 20 && DateTimeOffset.TryParseExact(word, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && (word[^1] == 'Z' || word[^6] is '+' or '-')
            ? (time.ToUnixTimeMilliseconds(), null)
            : (null, $"'{SubmitFault.Show(word)}' is no time as RFC 3339 has it, such as 2026-11-20T10:00:00Z; a plus sign is written %2B");

    private static (OperationId?, string?) ReadId(string word) =>
        OperationId.TryParse(word, out var id) ? (id, null) : (null, $"'{SubmitFault.Show(word)}' is no id of an operation");
}
