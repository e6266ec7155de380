namespace Longhaul.Slurper.Objects;

/// <summary>One request to an S3 store, before it is signed.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Name">Its name in the vendor's documentation, for messages.</param>
/// <param name="Key">Object, or null for the bucket.</param>
internal sealed record S3Call(HttpMethod Method, string Name, string? Key)
{
    /// <summary>Canonical query.</summary>
    public string Query { get; init; } = "";

    /// <summary>Signed headers, names in lower case, in any order; host, date and hash of the body come by themselves.</summary>
    public List<KeyValuePair<string, string>> Signed { get; } = [];

    /// <summary>Headers beside them.</summary>
    public List<KeyValuePair<string, string>> Unsigned { get; } = [];

    /// <summary>What is sent, or null.</summary>
    public ObjectBody? Body { get; init; }

    /// <summary>What a 404 without a code means.</summary>
    public StoreFault NotFound { get; init; } = StoreFault.NoSuchKey;
}
