namespace Longhaul.TestStores;

/// <summary>One request and what came of it. The answer's members are set when it is done; until then <see cref="Status"/> is 0.</summary>
public sealed class LoggedRequest
{
    /// <summary>Counts from 1 in the order of arrival.</summary>
    public required long Number { get; init; }

    public required S3Verb Verb { get; init; }

    public required string Method { get; init; }

    public required string Bucket { get; init; }

    /// <summary>Decoded.</summary>
    public required string Key { get; init; }

    /// <summary>Decoded, by name.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>All headers of the request by lower-case name; Authorization is reduced to its key id.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required bool IsHttps { get; init; }

    /// <summary>The key id that signed it, or null.</summary>
    public string? KeyId { get; internal set; }

    /// <summary>The answer's status, 0 where the connection was cut before.</summary>
    public int Status { get; internal set; }

    /// <summary>The code of an error answer, else null.</summary>
    public string? ErrorCode { get; internal set; }

    /// <summary>Bytes of the request's body after the chunks were taken off.</summary>
    public long BytesIn { get; internal set; }

    /// <summary>Bytes of the answer's body that were sent.</summary>
    public long BytesOut { get; internal set; }

    /// <summary>The order of ends: an answer with a smaller number ended before one with a greater; 0 while it runs.</summary>
    public long EndNumber { get; internal set; }

    public DateTimeOffset? EndedAt { get; internal set; }

    /// <summary>Whether a fault struck it.</summary>
    public bool IsInjected { get; internal set; }

    public string? Header(string name) => Headers.GetValueOrDefault(name.ToLowerInvariant());

    public override string ToString() => $"{Number} {Verb} {Bucket}/{Key} -> {Status} {ErrorCode}";
}
