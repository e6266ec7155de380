namespace Longhaul.Slurper.Objects;

/// <summary>What went wrong with a request to a store, as far as the copier must know it.</summary>
internal enum StoreFault
{
    /// <summary>408, 429, 5xx, a lost or refused connection, a body cut short: the same request may succeed later.</summary>
    Passing,

    /// <summary>503 SlowDown, 429, TooManyRequests …: like <see cref="Passing"/>, and the endpoint wants fewer requests.</summary>
    Throttled,

    /// <summary>No such key.</summary>
    NoSuchKey,

    /// <summary>No such bucket.</summary>
    NoSuchBucket,

    /// <summary>No such upload.</summary>
    NoSuchUpload,

    /// <summary>Unknown or wrong credential, signature, expired token: nothing under this credential will work.</summary>
    Unauthenticated,

    /// <summary>403 for what was asked.</summary>
    AccessDenied,

    /// <summary>412: If-Match or If-None-Match did not hold.</summary>
    PreconditionFailed,

    /// <summary>409 ConditionalRequestConflict: somebody writes the same key; do it again.</summary>
    Conflict,

    /// <summary>403 InvalidObjectState: archived.</summary>
    Archived,

    /// <summary>416: the range is not there.</summary>
    RangeNotSatisfiable,

    /// <summary>501, or a header that the store refuses to know.</summary>
    NotImplemented,

    /// <summary>The address is not allowed: private, or not https, and not in <c>Slurper:AllowedEndpoints</c>.</summary>
    AddressRefused,

    /// <summary>The store checked the bytes and they were not what was promised (BadDigest and its kin).</summary>
    BadDigest,

    /// <summary>Anything else: doing it again is pointless.</summary>
    Permanent,
}

/// <summary>What a store said, without anything secret.</summary>
internal sealed class StoreException : Exception
{
    public StoreException(StoreFault fault, int? status, string? code, string message, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(message, inner)
    {
        Fault = fault;
        Status = status;
        Code = code;
        RetryAfter = retryAfter;
    }

    /// <summary>What it means.</summary>
    public StoreFault Fault { get; }

    /// <summary>HTTP status, or null when there was no answer.</summary>
    public int? Status { get; }

    /// <summary>The store's own code, such as <c>SlowDown</c>, or null.</summary>
    public string? Code { get; }

    /// <summary>What <c>Retry-After</c> asks for, or null.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>True when the same request may succeed later.</summary>
    public bool IsPassing => Fault is StoreFault.Passing or StoreFault.Throttled or StoreFault.Conflict or StoreFault.BadDigest;
}
