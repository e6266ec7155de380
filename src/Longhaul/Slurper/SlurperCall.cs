using System.Globalization;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Hosting;
using Longhaul.Hosting.Cloudflare;

namespace Longhaul.Slurper;

/// <summary>One request to the Slurper face.</summary>
internal sealed class SlurperCall(HttpContext context, SlurperApi api, Caller caller, string account) : CloudflareCall(context, caller, account)
{
    private const int MaxLimit = 50;

    public SlurperApi Api => api;

    public string JobId => Route("jobId");

    public Actor Actor => new(Principal, Context.TraceIdentifier);

    /// <summary>True when the client says that it has sent the request before.</summary>
    public bool IsRepetition =>
        long.TryParse(Context.Request.Headers["X-Stainless-Retry-Count"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1;

    public static Task RunAsync(HttpContext context, Func<SlurperCall, Task> handler, Need need)
    {
        var api = context.RequestServices.GetRequiredService<SlurperApi>();
        return api.Gate.RunAsync(context, PermissionArea.Slurper, need, (caller, account) => handler(new SlurperCall(context, api, caller, account)));
    }

    /// <summary>Reads <c>limit</c>, which is cut to the most there can be, and <c>offset</c>.</summary>
    public (int Limit, long Offset) ReadPage() =>
        ((int)Math.Min(ReadNumber("limit", 1, MaxLimit), MaxLimit), ReadNumber("offset", 0, 0));

    /// <summary>Reads the whole body; the caller disposes it.</summary>
    public Task<RequestBody> ReadBodyAsync() => ReadBodyAsync(Api.Budget, Api.Options.MaxBodyBytes);

    public CloudflareRefusedException UnknownJob() => new(SlurperRefusal.UnknownJob(JobId));

    /// <summary>Why an action is not possible: the state that the job is in now.</summary>
    public async Task<CloudflareRefusal> RefuseStateAsync() => await Api.Jobs.FindOperationAsync(Account, JobId, Aborted) is { } job
        ? SlurperRefusal.WrongState(SlurperWire.StatusOf(job.State), job.IsAbortRequested && !job.State.IsFinal)
        : SlurperRefusal.UnknownJob(JobId);

    // No default arm: a new refusal must not compile until this face has a word for it.
    public CloudflareRefusal ToWire(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.UnknownOperation => SlurperRefusal.UnknownJob(JobId),
        RefusalCode.LaneFull => SlurperRefusal.TooManyJobs(Api.Options.MaxRunningJobs),
        RefusalCode.AccountFull => SlurperRefusal.TooMuchInput(Api.MaxPendingBytes),
        RefusalCode.KeyReused => CloudflareRefusal.KeyReused(),
        RefusalCode.WrongState => CloudflareRefusal.Of(409, 19116, refusal.Detail),
    };

    protected override CloudflareRefusal RefuseBody(int status, string explanation) => SlurperRefusal.BadBody(status, explanation);

    private long ReadNumber(string name, long least, long otherwise)
    {
        if (!Context.Request.Query.TryGetValue(name, out var values))
        {
            return otherwise;
        }

        var text = values.ToString();
        if (text.Length > 0 && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0)
        {
            // Digits alone that do not fit are a very large number.
            var number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var small) ? Math.Min(small, int.MaxValue) : int.MaxValue;
            if (number >= least)
            {
                return number;
            }
        }

        throw new CloudflareRefusedException(SlurperRefusal.Invalid(
            [new JobFault(FaultCodes.InvalidMember, $"invalid /{name}: a whole number from {least} on is needed, as in ?{name}={MaxLimit}", $"/{name}")]));
    }
}

/// <summary>What the endpoints of the face share, resolved once.</summary>
internal sealed record SlurperApi(
    IMigrationJobs Jobs,
    IEndpointRules Rules,
    CloudflareGate Gate,
    IngestBudget Budget,
    SlurperOptions Options,
    long MaxPendingBytes);
