namespace Longhaul.TestStores;

/// <summary>What a store makes of <c>If-None-Match: *</c> on a write.</summary>
public enum ConditionalWrites
{
    /// <summary>412 where the key exists.</summary>
    Honoured,

    /// <summary>The header is not seen and the object is overwritten, as some stores do on multipart uploads.</summary>
    Ignored,

    /// <summary>501 NotImplemented.</summary>
    NotImplemented,
}
