using System.Globalization;
using System.Security.Cryptography;
using Longhaul.AspNetCore;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Slurper.Bodies;

namespace Longhaul.Slurper;

/// <summary>The routes of the Slurper face.</summary>
internal static class SlurperEndpoints
{
    private const string AbortAllPath = "/jobs/abortAll";

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static void MapSlurper(this IEndpointRouteBuilder routes)
    {
        var slurper = routes.MapGroup("/client/v4/accounts/{accountId}/slurper").WithGroupName("slurper");
        slurper.MapMethods("/jobs", Reading, Call(ListJobs, Need.Read)).WithMetadata(SlurperOpenApi.ListJobs);
        slurper.MapPost("/jobs", Call(CreateJob, Need.Edit)).WithMetadata(SlurperOpenApi.CreateJob);
        slurper.MapMethods("/jobs/{jobId}", Reading, Call(GetJob, Need.Read)).WithMetadata(SlurperOpenApi.GetJob);
        slurper.MapDelete("/jobs/{jobId}", Call(DeleteJob, Need.Edit)).WithMetadata(SlurperOpenApi.DeleteJob);
        slurper.MapPut("/jobs/{jobId}/abort", Call(AbortJob, Need.Edit)).WithMetadata(SlurperOpenApi.AbortJob);
        slurper.MapPut(AbortAllPath, Call(AbortAllJobs, Need.Edit)).WithMetadata(SlurperOpenApi.AbortAllJobs);
        slurper.MapPut("/jobs/{jobId}/pause", Call(PauseJob, Need.Edit)).WithMetadata(SlurperOpenApi.PauseJob);
        slurper.MapPut("/jobs/{jobId}/resume", Call(ResumeJob, Need.Edit)).WithMetadata(SlurperOpenApi.ResumeJob);
        slurper.MapMethods("/jobs/{jobId}/progress", Reading, Call(GetProgress, Need.Read)).WithMetadata(SlurperOpenApi.GetProgress);
        slurper.MapMethods("/jobs/{jobId}/logs", Reading, Call(GetLogs, Need.Read)).WithMetadata(SlurperOpenApi.GetLogs);
        slurper.MapPut("/source/connectivity-precheck", Call(CheckSource, Need.Edit)).WithMetadata(SlurperOpenApi.CheckSource);
        slurper.MapPut("/target/connectivity-precheck", Call(CheckTarget, Need.Edit)).WithMetadata(SlurperOpenApi.CheckTarget);
    }

    private static RequestDelegate Call(Func<SlurperCall, Task> handler, Need need) => context => SlurperCall.RunAsync(context, handler, need);

    /// <summary>Lists the jobs of an account, newest first.</summary>
    private static async Task ListJobs(SlurperCall call)
    {
        var (limit, offset) = call.ReadPage();
        var jobs = await call.Api.Jobs.ListAsync(call.Account, limit, offset, call.Aborted);
        await CloudflareWire.WriteAsync(call.Context, writer =>
        {
            writer.WriteStartArray();
            foreach (var job in jobs)
            {
                SlurperWire.Write(writer, job);
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>Makes a job, once both buckets have been reached. Answers as soon as it is durable, before any object is copied.</summary>
    private static async Task CreateJob(SlurperCall call)
    {
        var key = call.ReadKey();
        using var body = await call.ReadBodyAsync();
        var faults = new List<JobFault>();
        var request = JobReader.ReadCreate(body.Bytes, "", call.Api.Rules, faults);
        if (request is null || faults.Count > 0)
        {
            throw new CloudflareRefusedException(SlurperRefusal.Invalid(faults));
        }

        var create = new JobCreate(
            call.Account,
            request,
            call.Principal,
            "{}",
            key is null ? null : MakeKey(call, key, body.Bytes.Span),
            SHA256.HashData(body.Bytes.Span),
            call.IsRepetition,
            call.Context.TraceIdentifier);
        var answer = await call.Api.Jobs.CreateAsync(create, call.Aborted);
        if (answer.Replayed is { } replayed)
        {
            await call.ReplayAsync(replayed);
            return;
        }

        if (answer.Id is not { } id)
        {
            throw new CloudflareRefusedException(answer.Refusal is { } refusal ? call.ToWire(refusal) : SlurperRefusal.Invalid(answer.Faults));
        }

        call.Context.Response.StatusCode = StatusCodes.Status201Created;
        CloudflareWire.AddMonitor(call.Context.Response, id);
        await CloudflareWire.WriteAsync(call.Context, writer => SlurperWire.WriteId(writer, id));
    }

    /// <summary>Reads a job: what it was asked for, and its status.</summary>
    private static async Task GetJob(SlurperCall call)
    {
        var job = await call.Api.Jobs.FindAsync(call.Account, call.JobId, call.Aborted) ?? throw call.UnknownJob();
        CloudflareWire.AddMonitor(call.Context.Response, job.Operation.Id);
        await CloudflareWire.WriteAsync(call.Context, writer => SlurperWire.Write(writer, job));
    }

    /// <summary>Forgets a job that has ended.</summary>
    private static async Task DeleteJob(SlurperCall call)
    {
        var result = await call.Api.Jobs.DeleteAsync(call.Account, call.JobId, call.Aborted);
        if (result.IsRefused(out var refusal, out var job))
        {
            throw new CloudflareRefusedException(refusal.Code == RefusalCode.WrongState ? SlurperRefusal.StillActive() : call.ToWire(refusal));
        }

        await AnswerAsync(call, job.Id.Value);
    }

    /// <summary>Ends a job. No new object starts, objects in flight may finish for a while; what has been copied stays.</summary>
    private static async Task AbortJob(SlurperCall call) => await AnswerAsync(call, await call.Api.Jobs.AbortAsync(call.Account, call.JobId, call.Actor, call.Aborted));

    /// <summary>Ends all running and paused jobs of an account.</summary>
    private static async Task AbortAllJobs(SlurperCall call)
    {
        // Routing compares words without case; in other letters it is the id of a job, which can be read and deleted.
        if (!call.Context.Request.Path.Value!.TrimEnd('/').EndsWith(AbortAllPath, StringComparison.Ordinal))
        {
            call.Context.Response.Headers.Allow = "DELETE, GET, HEAD";
            throw new CloudflareRefusedException(CloudflareRefusal.NoMethod(call.Context.Request.Method));
        }

        var count = await call.Api.Jobs.AbortAllAsync(call.Account, call.Actor, call.Aborted);
        await AnswerAsync(call, string.Create(CultureInfo.InvariantCulture, $"aborted {count} jobs"));
    }

    /// <summary>Holds a running job. Objects in flight finish, no new one starts.</summary>
    private static async Task PauseJob(SlurperCall call) => await AnswerAsync(call, await call.Api.Jobs.PauseAsync(call.Account, call.JobId, call.Actor, call.Aborted));

    /// <summary>Lets a paused job go on where it stopped.</summary>
    private static async Task ResumeJob(SlurperCall call)
    {
        using var body = await call.ReadBodyAsync();
        var brought = BroughtSecrets.None;
        if (!body.Bytes.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            var job = await call.Api.Jobs.FindAsync(call.Account, call.JobId, call.Aborted) ?? throw call.UnknownJob();
            var faults = new List<JobFault>();
            brought = JobReader.ReadSecrets(body.Bytes, "", job.Spec, faults);
            if (faults.Count > 0)
            {
                throw new CloudflareRefusedException(SlurperRefusal.Invalid(faults));
            }
        }

        await AnswerAsync(call, await call.Api.Jobs.ResumeAsync(call.Account, call.JobId, brought, call.Actor, call.Aborted));
    }

    /// <summary>Reads the counters of a job.</summary>
    private static async Task GetProgress(SlurperCall call)
    {
        var job = await call.Api.Jobs.FindOperationAsync(call.Account, call.JobId, call.Aborted) ?? throw call.UnknownJob();
        CloudflareWire.AddMonitor(call.Context.Response, job.Id);
        await CloudflareWire.WriteAsync(call.Context, writer => SlurperWire.WriteProgress(writer, job));
    }

    /// <summary>Reads a page of a job's log, oldest line first.</summary>
    private static async Task GetLogs(SlurperCall call)
    {
        var (limit, offset) = call.ReadPage();
        var job = await call.Api.Jobs.FindOperationAsync(call.Account, call.JobId, call.Aborted) ?? throw call.UnknownJob();
        var logs = await call.Api.Jobs.ReadLogsAsync(call.Account, call.JobId, limit, offset, call.Aborted) ?? throw call.UnknownJob();
        await CloudflareWire.WriteAsync(call.Context, writer =>
        {
            writer.WriteStartArray();
            foreach (var log in logs)
            {
                SlurperWire.Write(writer, job.Id, log);
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>Tries a source with its credentials. Answers within seconds; nothing is kept.</summary>
    private static async Task CheckSource(SlurperCall call)
    {
        using var body = await call.ReadBodyAsync();
        var faults = new List<JobFault>();
        if (JobReader.ReadSource(body.Bytes, "", call.Api.Rules, faults) is not { } read || faults.Count > 0)
        {
            throw new CloudflareRefusedException(SlurperRefusal.Invalid(faults));
        }

        await SlurperWire.WriteAsync(call.Context, await call.Api.Jobs.CheckSourceAsync(call.Account, read.Source, read.Secret, call.Aborted));
    }

    /// <summary>Tries a target with its credentials. Answers within seconds and leaves no object there; nothing is kept.</summary>
    private static async Task CheckTarget(SlurperCall call)
    {
        using var body = await call.ReadBodyAsync();
        var faults = new List<JobFault>();
        if (JobReader.ReadTarget(body.Bytes, "", call.Api.Rules, faults) is not { } read || faults.Count > 0)
        {
            throw new CloudflareRefusedException(SlurperRefusal.Invalid(faults));
        }

        await SlurperWire.WriteAsync(call.Context, await call.Api.Jobs.CheckTargetAsync(call.Account, read.Target, read.Secret, call.Aborted));
    }

    private static async Task AnswerAsync(SlurperCall call, Result<Operation> result)
    {
        if (result.IsRefused(out var refusal, out var job))
        {
            throw new CloudflareRefusedException(refusal.Code == RefusalCode.WrongState ? await call.RefuseStateAsync() : call.ToWire(refusal));
        }

        await AnswerAsync(call, job.Id.Value);
    }

    private static Task AnswerAsync(SlurperCall call, string text) => CloudflareWire.WriteAsync(call.Context, writer => writer.WriteStringValue(text));

    private static IdempotencyKey MakeKey(SlurperCall call, string key, ReadOnlySpan<byte> body) => new(
        RequestPreferences.KeyScope(call.Context.Request, call.Principal, key),
        RequestPreferences.Fingerprint(call.Context.Request, body),
        operation => new StoredAnswer(StatusCodes.Status201Created, null, CloudflareWire.ToBytes(w => SlurperWire.WriteId(w, operation.Id), [])));
}
