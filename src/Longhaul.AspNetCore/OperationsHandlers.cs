using System.Globalization;
using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Longhaul.AspNetCore;

/// <summary>What each route of the operations API does.</summary>
internal static partial class OperationsHandlers
{
    private const int MaxFaults = 100;
    private const long YoungMilliseconds = 10_000;

    /// <summary>Submits an operation. Answers when it is durable, or when it has ended within the preferred wait.</summary>
    public static async Task Submit(OperationsCall call)
    {
        call.RequireKnown();
        call.CheckQuery();
        var wait = call.ReadWait();
        RequireJson(call.Request);
        var key = ReadKey(call);
        using var body = await ReadBodyAsync(call);
        var (submit, isValidateOnly) = await CheckAsync(call, body.Bytes, key);
        if (isValidateOnly)
        {
            await WriteJsonAsync(call, writer => OperationsWire.WriteValid(writer, submit));
            return;
        }

        var result = await call.Api.Operations.SubmitAsync(submit with { RequestId = call.Context.TraceIdentifier }, call.Aborted);
        if (result.IsRefused(out var refusal, out var submitted))
        {
            throw new ProblemException(ToProblem(refusal));
        }

        if (submitted.Replayed is { } replayed)
        {
            await ReplayAsync(call, replayed);
            return;
        }

        await AnswerSubmittedAsync(call, submitted.Operation!, wait);
    }

    /// <summary>Reads an operation; with a preferred wait, when it has ended or the time is over.</summary>
    public static async Task Get(OperationsCall call)
    {
        call.CheckQuery();
        var wait = call.ReadWait();
        var operation = await call.FindAsync();
        if (wait is { } atMost && !operation.State.IsFinal)
        {
            var known = call.Request.Headers.IfNoneMatch;
            var later = await call.Api.Operations.WaitAsync(
                operation.Id, o => o.State.IsFinal || (known.Count > 0 && !IsKnown(known, o)), atMost, call.Aborted);
            operation = later ?? throw new ProblemException(Problem.NotFound($"no operation {operation.Id}"));
        }

        RequestPreferences.ConfirmWait(call.Response, wait);
        call.Response.Headers.ETag = ETag(operation);
        if (IsKnown(call.Request.Headers.IfNoneMatch, operation))
        {
            call.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await AnswerAsync(call, operation, StatusCodes.Status200OK);
    }

    /// <summary>Lists operations, newest first.</summary>
    public static async Task List(OperationsCall call)
    {
        call.CheckQuery(FilterReader.ListParameters);
        var size = ReadPageSize(call, 50, 500);
        var before = ReadPageToken(call, 'o');
        var filter = await ReadFilterAsync(call);
        var operations = await call.Api.Operations.ListAsync(filter, before, size + 1, call.Aborted);
        var now = Now(call);
        await WriteJsonAsync(call, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("operations");
            foreach (var operation in operations.Take(size))
            {
                OperationsWire.Write(writer, operation, now);
            }

            writer.WriteEndArray();
            if (operations.Count > size)
            {
                writer.WriteString("nextPageToken", PageToken.Write('o', operations[size - 1].Number));
            }

            writer.WriteEndObject();
        });
    }

    /// <summary>Reads kept item outcomes, in the order of their index.</summary>
    public static async Task Items(OperationsCall call)
    {
        if (ItemStream.IsAskedFor(call.Request))
        {
            call.CheckQuery("state");
            var wanted = ReadStates(call.Request.Query["state"]);
            await ItemStream.WriteAsync(call, await call.FindAsync(), wanted);
            return;
        }

        call.CheckQuery("state", "pageSize", "pageToken");
        call.Response.Headers.Append("Vary", "Accept");
        var size = ReadPageSize(call, 100, 1_000);
        var from = ReadPageToken(call, 'i') ?? 0;
        var states = ReadStates(call.Request.Query["state"]);
        var operation = await call.FindAsync();
        var items = await call.Api.Operations.ReadItemsAsync(operation, states, from, size + 1, call.Aborted);
        await WriteJsonAsync(call, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("items");
            foreach (var item in items.Take(size))
            {
                OperationsWire.Write(writer, item);
            }

            writer.WriteEndArray();
            if (items.Count > size)
            {
                writer.WriteString("nextPageToken", PageToken.Write('i', items[size].Outcome.Index));
            }

            writer.WriteEndObject();
        });
    }

    /// <summary>Asks for the end of an operation.</summary>
    public static Task Abort(OperationsCall call) => ControlAsync(call, (api, id, by, token) => api.Operations.AbortAsync(id, by, token));

    /// <summary>Holds an operation.</summary>
    public static Task Pause(OperationsCall call) => ControlAsync(call, (api, id, by, token) => api.Operations.PauseAsync(id, by, token));

    /// <summary>Lets a paused operation go on.</summary>
    public static async Task Resume(OperationsCall call)
    {
        call.CheckQuery();
        var operation = await FindEditableAsync(call);
        using var body = await ReadBodyAsync(call);
        if (body.Bytes.Length > 0)
        {
            RequireJson(call.Request);
        }

        var errors = new List<(string Detail, string Pointer)>();
        var brought = ControlReader.Read(body.Bytes, takesItems: false, errors);
        if (errors.Count == 0)
        {
            var answer = await call.Api.Operations.ResumeAsync(operation.Id, brought.Parameters, call.Actor, call.Aborted);
            if (answer.Refusal is { } refusal)
            {
                throw new ProblemException(ToProblem(refusal));
            }

            if (answer.Operation is { } resumed)
            {
                call.Response.Headers.ETag = ETag(resumed);
                await AnswerAsync(call, resumed, StatusCodes.Status200OK);
                return;
            }

            errors.AddRange(answer.Faults.Select(f => (f.Detail, f.Pointer)));
        }

        throw new ProblemException(Problem.InvalidArgument([.. errors.Take(MaxFaults)]));
    }

    /// <summary>Submits a new operation of the items that an ended one has not done. Answers when it is durable.</summary>
    public static async Task Retry(OperationsCall call)
    {
        call.CheckQuery();
        RequireJson(call.Request);
        var key = ReadKey(call);
        var original = await FindEditableAsync(call);
        using var body = await ReadBodyAsync(call);
        var errors = new List<(string Detail, string Pointer)>();
        var asked = ControlReader.Read(body.Bytes, takesItems: true, errors);
        if (errors.Count > 0)
        {
            throw new ProblemException(Problem.InvalidArgument([.. errors.Take(MaxFaults)]));
        }

        // A repeated request gets the first answer also where the original could not be retried any more.
        var idempotency = key is null ? null : MakeKey(call, key, body.Bytes);
        var earlier = idempotency is null ? null : await call.Api.Operations.FindReplayAsync(idempotency.Scope, idempotency.Fingerprint, call.Aborted);
        var result = earlier ?? await SubmitRetryAsync(call, original, asked, idempotency);
        if (result.IsRefused(out var refusal, out var submitted))
        {
            throw new ProblemException(ToProblem(refusal));
        }

        await (submitted.Replayed is { } replayed ? ReplayAsync(call, replayed) : AnswerSubmittedAsync(call, submitted.Operation!, null));
    }

    /// <summary>Forgets a finished operation.</summary>
    public static async Task Delete(OperationsCall call)
    {
        call.CheckQuery();
        var operation = await FindEditableAsync(call);
        if ((await call.Api.Operations.ForgetAsync(operation.Id, call.Aborted)).IsRefused(out var refusal, out _))
        {
            throw new ProblemException(ToProblem(refusal));
        }

        call.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Lists what can be submitted.</summary>
    public static async Task Kinds(OperationsCall call)
    {
        call.CheckQuery();
        call.RequireKnown();

        await WriteJsonAsync(call, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("kinds");
            foreach (var kind in call.Api.Kinds.Names.Order(StringComparer.Ordinal).Select(n => call.Api.Kinds.Find(n)!))
            {
                writer.WriteStartObject();
                writer.WriteString("kind", kind.Name);
                writer.WriteString("description", kind.Description);
                writer.WriteBoolean("atomic", kind.IsAtomic);
                writer.WriteBoolean("pausable", kind.IsPausable);
                writer.WriteBoolean("retryable", kind.IsRetryable);
                writer.WriteNumber("maxItems", MaxItems(kind, call.Api.Options));
                writer.WriteBoolean("submittable", kind.IsSubmittable);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    /// <summary>What a listing or an event stream shows: what its caller asks for, of what the caller may read.</summary>
    internal static async Task<OperationFilter> ReadFilterAsync(OperationsCall call)
    {
        var filter = FilterReader.Read(call.Request.Query);
        var readable = await ReadableOperations.FindAsync(call, filter.Accounts?.First())
            ?? throw new ProblemException(Problem.NotFound("no account that this token may list; name one with ?account="));
        return filter with { Accounts = readable.Accounts, VisibleKinds = readable.Kinds };
    }

    // A kind that finds its items itself may find more than one request can bring.
    private static long MaxItems(OperationKind kind, OperationsOptions options) => kind.MaxItems ?? options.MaxItems;

    private static string? ReadKey(OperationsCall call) => RequestPreferences.TryReadKey(call.Request, out var key)
        ? key
        : throw new ProblemException(Problem.InvalidArgument("Idempotency-Key must be 1 to 255 printable ASCII characters"));

    private static async Task<Result<Submitted>> SubmitRetryAsync(
        OperationsCall call, Operation original, ControlBody asked, IdempotencyKey? idempotency)
    {
        var result = await call.Api.Operations.CheckRetryAsync(original, asked.IsWithAborted, asked.Parameters, call.Principal, call.Aborted);
        if (result.IsRefused(out var refusal, out var answer))
        {
            return refusal;
        }

        var submission = answer.Submission ?? throw new ProblemException(ToProblem(answer, []));
        return await call.Api.Operations.SubmitAsync(submission with { Idempotency = idempotency, RequestId = call.Context.TraceIdentifier }, call.Aborted);
    }

    private static string ETag(Operation operation) => string.Create(CultureInfo.InvariantCulture, $"\"{operation.Version}\"");

    // As RFC 9110 compares: any of several, weak ones too, and a star knows whatever is there.
    private static bool IsKnown(StringValues known, Operation operation) =>
        known.ToString() is { Length: > 0 } text && text.Split(',', StringSplitOptions.TrimEntries).Any(
            tag => tag == "*" || (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag) == ETag(operation));

    private static long Now(OperationsCall call) => call.Api.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static void RequireJson(HttpRequest request)
    {
        if (request.ContentType is { } type
            && !type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
            && !type.Contains("+json", StringComparison.OrdinalIgnoreCase))
        {
            throw new ProblemException(Problem.UnsupportedMediaType());
        }

        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new ProblemException(Problem.UnsupportedEncoding());
        }
    }

    private static async Task<RequestBody> ReadBodyAsync(OperationsCall call)
    {
        var body = await RequestBody.ReadAsync(call.Request, call.Api.Budget, call.Api.Options.MaxBodyBytes, call.Aborted);
        if (body.Status == BodyStatus.Complete)
        {
            return body;
        }

        body.Dispose();
        throw new ProblemException(body.Status switch
        {
            BodyStatus.TooLarge => Problem.TooLarge($"a body may have {call.Api.Options.MaxBodyBytes} bytes"),
            BodyStatus.Busy => Problem.Unavailable("the server reads as many bodies as it may; try again"),
            BodyStatus.TooSlow => Problem.TooSlow(),
            _ => Problem.InvalidArgument("the body ended before it was complete"),
        });
    }

    private static async Task<(Submission Submission, bool IsValidateOnly)> CheckAsync(OperationsCall call, ReadOnlyMemory<byte> bytes, string? key)
    {
        var errors = new List<(string Detail, string Pointer)>();
        var body = SubmitReader.Read(bytes, errors);
        if (body is { Account: null } && errors.TrueForAll(e => e.Pointer != "/account") && call.Accounts is [var only])
        {
            body = body with { Account = only };
        }

        var kind = body?.Kind is { } name ? call.Api.Kinds.Find(name) : null;
        CheckFrame(body, kind, errors);
        if (kind is not null && errors.TrueForAll(e => e.Pointer != "/account"))
        {
            await RequireSubmittableAsync(call, body!.Account!, kind.Name);
        }

        if (kind is null || errors.Exists(e => e.Pointer is "" or "/account" or "/params" or "/items"))
        {
            // A caller that is not known learns that first.
            await call.MayAsync(OperationScope.EditPolicy, new OperationScope(null, null));
            throw new ProblemException(Problem.InvalidArgument([.. errors.Take(MaxFaults)]));
        }

        // What is wrong with the frame and with what the kind takes is told at once.
        var idempotency = key is null ? null : MakeKey(call, key, bytes);
        var answer = await kind.CheckAsync(
            new SubmitRequest(body!.Account!, body.Parameters, body.Items, call.Api.Options.MaxItems, body.Labels, call.Principal, idempotency), call.Aborted);
        return answer.Submission is { } submission && errors.Count == 0
            ? (submission with { MaxFailedItems = body.MaxFailedItems }, body.IsValidateOnly)
            : throw new ProblemException(ToProblem(answer, errors));
    }

    private static Problem ToProblem(SubmitAnswer answer, List<(string Detail, string Pointer)> errors) => answer switch
    {
        { IsImpossible: true } => Problem.FailedPrecondition(answer.Faults[0].Detail),
        { IsTooLarge: true } => Problem.TooLarge(answer.Faults[0].Detail),
        _ => Problem.InvalidArgument([.. errors.Concat(answer.Faults.Select(f => (f.Detail, f.Pointer))).Take(MaxFaults)]),
    };

    private static async Task RequireSubmittableAsync(OperationsCall call, string account, string kind)
    {
        var scope = new OperationScope(account, kind);
        if (!await call.MayAsync(OperationScope.EditPolicy, scope))
        {
            throw new ProblemException(await call.MayAsync(OperationScope.ReadPolicy, scope)
                ? Problem.PermissionDenied("this token may read operations of this kind but not submit them")
                : Problem.NotFound($"no account '{account}' that this token may submit {kind} to"));
        }
    }

    private static void CheckFrame(SubmitBody? body, OperationKind? kind, List<(string Detail, string Pointer)> errors)
    {
        if (body is null)
        {
            return;
        }

        if (kind is null && errors.TrueForAll(e => e.Pointer != "/kind"))
        {
            errors.Add((body.Kind is null ? "kind is missing" : $"unknown kind '{SubmitFault.Show(body.Kind)}'; GET /v1/kinds lists them", "/kind"));
        }

        if (kind?.IsAtomic == true && body.MaxFailedItems is not null)
        {
            errors.Add(($"kind '{kind.Name}' does all or nothing, so it has no error budget; leave maxFailedItems out", "/maxFailedItems"));
        }

        if (errors.TrueForAll(e => e.Pointer != "/account") && !AccountName.IsValid(body.Account))
        {
            errors.Add((body.Account is null ? "account is missing" : "account must be 1 to 64 of A-Z a-z 0-9 _ -", "/account"));
        }
    }

    private static IdempotencyKey MakeKey(OperationsCall call, string key, ReadOnlyMemory<byte> body)
    {
        var now = Now(call);
        return new IdempotencyKey(
            RequestPreferences.KeyScope(call.Request, call.Principal, key),
            RequestPreferences.Fingerprint(call.Request, body.Span),
            operation => new StoredAnswer(StatusCodes.Status202Accepted, Location(operation), OperationsWire.ToBytes(operation, now)));
    }

    private static string Location(Operation operation) => $"/v1/operations/{operation.Id.Value}";

    private static async Task ReplayAsync(OperationsCall call, StoredAnswer answer)
    {
        call.Response.StatusCode = answer.Status;
        call.Response.Headers.Location = answer.Location;
        call.Response.Headers["Idempotent-Replayed"] = "true";
        call.Response.ContentType = "application/json";
        await call.Response.BodyWriter.WriteAsync(answer.Body, call.Aborted);
    }

    private static async Task AnswerSubmittedAsync(OperationsCall call, Operation operation, TimeSpan? wait)
    {
        if (wait is { } atMost)
        {
            operation = await call.Api.Operations.WaitAsync(operation.Id, o => o.State.IsFinal, atMost, call.Aborted) ?? operation;
            RequestPreferences.ConfirmWait(call.Response, wait);
        }

        call.Response.Headers.Location = Location(operation);
        call.Response.Headers.ETag = ETag(operation);
        await AnswerAsync(call, operation, operation.State.IsFinal ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private static async Task AnswerAsync(OperationsCall call, Operation operation, int status)
    {
        var now = Now(call);
        call.Response.StatusCode = status;
        if (!operation.State.IsFinal)
        {
            call.Response.Headers.RetryAfter = now - operation.CreatedAt < YoungMilliseconds ? "1" : "5";
        }

        await WriteJsonAsync(call, writer => OperationsWire.Write(writer, operation, now));
    }

    private static async Task ControlAsync(
        OperationsCall call, Func<OperationsApi, OperationId, Actor, CancellationToken, Task<Result<Operation>>> control)
    {
        call.CheckQuery();
        var operation = await FindEditableAsync(call);
        if ((await control(call.Api, operation.Id, call.Actor, call.Aborted)).IsRefused(out var refusal, out var changed))
        {
            throw new ProblemException(ToProblem(refusal));
        }

        call.Response.Headers.ETag = ETag(changed);
        await AnswerAsync(call, changed, StatusCodes.Status200OK);
    }

    private static async Task<Operation> FindEditableAsync(OperationsCall call)
    {
        var operation = await call.FindAsync();
        return await call.MayAsync(OperationScope.EditPolicy, new OperationScope(operation.Account, operation.Kind))
            ? operation
            : throw new ProblemException(Problem.PermissionDenied());
    }

    // No default arm: a new refusal must not compile until it has its problem.
    private static Problem ToProblem(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.UnknownOperation => Problem.NotFound(refusal.Detail),
        RefusalCode.LaneFull or RefusalCode.AccountFull => Problem.RateLimited(refusal.Detail),
        RefusalCode.KeyReused => Problem.IdempotencyMismatch(refusal.Detail),
        RefusalCode.WrongState => Problem.FailedPrecondition(refusal.Detail),
    };

    private static int ReadPageSize(OperationsCall call, int otherwise, int largest)
    {
        if (!call.Request.Query.TryGetValue("pageSize", out var text))
        {
            return otherwise;
        }

        return int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size >= 1 && size <= largest
            ? size
            : throw new ProblemException(Problem.InvalidArgument([($"pageSize must be 1 to {largest}", "?pageSize")]));
    }

    private static long? ReadPageToken(OperationsCall call, char listing)
    {
        if (!call.Request.Query.TryGetValue("pageToken", out var text) || text.ToString().Length == 0)
        {
            return null;
        }

        return PageToken.TryRead(listing, text.ToString(), out var place)
            ? place
            : throw new ProblemException(Problem.InvalidArgument([("pageToken is not one that this listing gave", "?pageToken")]));
    }

    internal static HashSet<ItemState>? ReadStates(StringValues words)
    {
        if (words.Count == 0)
        {
            return null;
        }

        var states = new HashSet<ItemState>();
        foreach (var word in words)
        {
            var state = Enum.GetValues<ItemState>().Cast<ItemState?>().FirstOrDefault(s => OperationsWire.Word(s!.Value) == word);
            states.Add(state ?? throw new ProblemException(Problem.InvalidArgument([($"unknown state '{word}'", "?state")])));
        }

        return states;
    }

    private static Task WriteJsonAsync(OperationsCall call, Action<Utf8JsonWriter> write) =>
        JsonWriting.WriteAsync(call.Response, "application/json", write, call.Aborted);
}
