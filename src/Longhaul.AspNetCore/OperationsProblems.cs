using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>Answers of the operations API for what its host refuses before the API sees it.</summary>
public static class OperationsProblems
{
    /// <summary>Answers 401 <c>unauthenticated</c>. Completes when the answer is complete.</summary>
    public static Task WriteUnauthenticatedAsync(HttpContext context) => Problem.Unauthenticated().WriteAsync(context);

    /// <summary>Answers 429 <c>rate-limited</c> with <c>Retry-After</c>. Completes when the answer is complete.</summary>
    public static Task WriteRateLimitedAsync(HttpContext context, int retryAfterSeconds, string detail) =>
        (Problem.RateLimited(detail) with { Title = "Too many requests", RetryAfterSeconds = retryAfterSeconds }).WriteAsync(context);
}
