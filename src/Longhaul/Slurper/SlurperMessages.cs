using System.Globalization;
using Longhaul.Hosting.Cloudflare;

namespace Longhaul.Slurper;

/// <summary>The refusals that only this face has, with the texts of <c>contracts/slurper.md</c> section 12.</summary>
internal static class SlurperRefusal
{
    public static CloudflareRefusal Invalid(IReadOnlyList<JobFault> faults) => new(400, [.. faults.Select(f => new CloudflareNote(f.Code, f.Message, f.Pointer))]);

    public static CloudflareRefusal BadBody(int status, string explanation) => CloudflareRefusal.Of(status, FaultCodes.InvalidJson, $"invalid JSON: {explanation}");

    public static CloudflareRefusal UnknownJob(string id) => CloudflareRefusal.Of(404, 19114, $"job not found: {id}");

    public static CloudflareRefusal TooManyJobs(int limit) =>
        CloudflareRefusal.Of(409, 19115, string.Create(CultureInfo.InvariantCulture, $"Maximum number of concurrent jobs has been reached (limit {limit})"));

    public static CloudflareRefusal WrongState(string status, bool isEnding) =>
        CloudflareRefusal.Of(409, 19116, isEnding ? $"job is {status}; it is being aborted" : $"job is {status}");

    public static CloudflareRefusal StillActive() => CloudflareRefusal.Of(409, 19117, "job is still active");

    public static CloudflareRefusal TooMuchInput(long limit) =>
        CloudflareRefusal.Of(429, 19118, string.Create(CultureInfo.InvariantCulture, $"too much pending input (limit {limit} bytes)")) with { RetryAfterSeconds = 1 };
}
