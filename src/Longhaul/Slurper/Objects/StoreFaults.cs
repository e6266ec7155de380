namespace Longhaul.Slurper.Objects;

/// <summary>The one place that says what an answer of a store means.</summary>
internal static class StoreFaults
{
    /// <summary>What a failed answer means.</summary>
    /// <param name="status">HTTP status; 200 where the body of a success is an error.</param>
    /// <param name="code">The store's code, or null.</param>
    /// <param name="notFound">What a 404 without a code means for this request.</param>
    public static StoreFault Of(int status, string? code, StoreFault notFound) => OfCode(code) ?? OfStatus(status, notFound);

    private static StoreFault? OfCode(string? code) => code switch
    {
        "NoSuchKey" => StoreFault.NoSuchKey,
        "NoSuchBucket" => StoreFault.NoSuchBucket,
        "NoSuchUpload" => StoreFault.NoSuchUpload,
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "ExpiredToken" or "InvalidToken" or "InvalidSecurity" or "NotSignedUp"
            or "TokenRefreshRequired" or "AuthenticationRequired" or "Unauthorized" => StoreFault.Unauthenticated,
        "InvalidObjectState" => StoreFault.Archived,
        "PreconditionFailed" => StoreFault.PreconditionFailed,
        "ConditionalRequestConflict" or "OperationAborted" => StoreFault.Conflict,
        "InvalidRange" => StoreFault.RangeNotSatisfiable,
        "NotImplemented" or "MethodNotAllowed" => StoreFault.NotImplemented,
        "BadDigest" or "InvalidDigest" or "XAmzContentSHA256Mismatch" or "XAmzContentChecksumMismatch" => StoreFault.BadDigest,
        "SlowDown" or "TooManyRequests" or "Throttling" or "ThrottlingException" or "RequestLimitExceeded" or "BandwidthLimitExceeded"
            or "RateLimitExceeded" or "TooManyRequestsException" => StoreFault.Throttled,
        "RequestTimeout" or "InternalError" or "ServiceUnavailable" or "IncompleteBody" or "RequestTimeTooSkewed" => StoreFault.Passing,
        _ => null,
    };

    private static StoreFault OfStatus(int status, StoreFault notFound) => status switch
    {
        401 => StoreFault.Unauthenticated,
        403 => StoreFault.AccessDenied,
        404 => notFound,
        405 or 501 => StoreFault.NotImplemented,
        408 => StoreFault.Passing,
        412 => StoreFault.PreconditionFailed,
        416 => StoreFault.RangeNotSatisfiable,
        429 => StoreFault.Throttled,
        >= 500 => StoreFault.Passing,
        _ => StoreFault.Permanent,
    };
}
