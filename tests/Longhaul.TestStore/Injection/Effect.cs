namespace Longhaul.TestStores.Injection;

/// <summary>What a fault does to a request. The static members are the whole list.</summary>
public sealed class Effect
{
    private Effect(EffectKind kind) => Kind = kind;

    internal EffectKind Kind { get; }

    internal int Status { get; private init; }

    internal string Code { get; private init; } = "";

    internal string Text { get; private init; } = "";

    internal (string Name, string Value)[] Headers { get; private init; } = [];

    internal long Bytes { get; private init; }

    internal TestGate? Waits { get; private init; }

    internal TimeSpan Delay { get; private init; }

    internal Func<LoggedRequest, Task>? Call { get; private init; }

    /// <summary>The request waits at the gate before anything is done.</summary>
    public static Effect Gate(TestGate gate) => new(EffectKind.Gate) { Waits = gate };

    /// <summary>The effect is there, the answer waits at the gate.</summary>
    public static Effect GateAnswer(TestGate gate) => new(EffectKind.GateAnswer) { Waits = gate };

    /// <summary>A delay by the clock of the options, for soaks and benches; tests use gates.</summary>
    public static Effect Latency(TimeSpan delay) => new(EffectKind.Latency) { Delay = delay };

    /// <summary>An error answer; nothing else is done.</summary>
    public static Effect Error(int status, string code, string text = "injected", params (string Name, string Value)[] headers) =>
        new(EffectKind.Error) { Status = status, Code = code, Text = text, Headers = headers };

    /// <summary>503 SlowDown, with Retry-After in seconds where given.</summary>
    public static Effect SlowDown(int? retryAfter = null) => Error(503, "SlowDown", "Please reduce your request rate.", RetryAfter(retryAfter));

    public static Effect InternalError() => Error(500, "InternalError", "We encountered an internal error. Please try again.");

    public static Effect TooManyRequests(int? retryAfter = null) => Error(429, "TooManyRequests", "Please reduce your request rate.", RetryAfter(retryAfter));

    public static Effect RequestTimeout() => Error(408, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period.");

    public static Effect TimeTooSkewed() => Error(403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.");

    public static Effect AccessDenied() => Error(403, "AccessDenied", "Access Denied");

    public static Effect Unauthorized() => Error(401, "Unauthorized", "Unauthorized");

    public static Effect NoSuchUpload() => Error(404, "NoSuchUpload", "The specified upload does not exist.");

    public static Effect NoSuchBucket() => Error(404, "NoSuchBucket", "The specified bucket does not exist.");

    public static Effect NotImplemented() => Error(501, "NotImplemented", "A header you provided implies functionality that is not implemented.");

    public static Effect PreconditionFailed() => Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");

    public static Effect ConditionalRequestConflict() =>
        Error(409, "ConditionalRequestConflict", "The conditional request cannot succeed due to a conflicting operation against this resource.");

    /// <summary>301 PermanentRedirect with the region's name, as AWS answers at the wrong regional endpoint.</summary>
    public static Effect PermanentRedirect(string region, string endpoint = "elsewhere.example") =>
        new(EffectKind.Error)
        {
            Status = 301,
            Code = "PermanentRedirect",
            Text = "The bucket you are attempting to access must be addressed using the specified endpoint.",
            Headers = [("x-amz-bucket-region", region), ("#Endpoint", endpoint)],
        };

    /// <summary>A redirect to any place; nobody may follow it.</summary>
    public static Effect Redirect(string location, int status = 307) => Error(status, "TemporaryRedirect", "Please re-send this request elsewhere.", ("Location", location));

    /// <summary>The connection is cut before anything is done.</summary>
    public static Effect ResetBefore() => new(EffectKind.ResetBefore);

    /// <summary>Everything is done, and the connection is cut instead of an answer.</summary>
    public static Effect LostReply() => new(EffectKind.LostReply);

    /// <summary>The connection is cut after so many bytes of the answer's body.</summary>
    public static Effect ResetAfter(long bytes) => new(EffectKind.ResetAfter) { Bytes = bytes };

    /// <summary>The answer's Content-Length is right, but its body ends (the connection is closed in order) so many bytes early.</summary>
    public static Effect Truncate(long missing = 1) => new(EffectKind.Truncate) { Bytes = missing };

    /// <summary>One bit of the answer's body is wrong; the length is right.</summary>
    public static Effect Corrupt() => new(EffectKind.Corrupt);

    /// <summary>The bytes of the request's body are stored with one bit wrong; ETag and checksums are those of what is stored.</summary>
    public static Effect StoreCorrupted() => new(EffectKind.StoreCorrupted);

    /// <summary>The ETag in the answer (header, body, listing) is not the object's.</summary>
    public static Effect WrongETag() => new(EffectKind.WrongETag);

    /// <summary>CompleteMultipartUpload or CopyObject answers 200 with an error in its body; nothing is done.</summary>
    public static Effect ErrorIn200(string code = "InternalError") => new(EffectKind.ErrorIn200) { Code = code };

    /// <summary>CompleteMultipartUpload is done, and answers 200 with an error in its body.</summary>
    public static Effect DoneButErrorIn200(string code = "InternalError") => new(EffectKind.DoneButErrorIn200) { Code = code };

    /// <summary>The listing ignores its token and gives the first page again, saying that the token advances.</summary>
    public static Effect RepeatPage() => new(EffectKind.RepeatPage);

    /// <summary>The listing names the token of the request as the next one.</summary>
    public static Effect StuckToken() => new(EffectKind.StuckToken);

    /// <summary>The page is truncated and names no token.</summary>
    public static Effect MissingToken() => new(EffectKind.MissingToken);

    /// <summary>The page's entries stand in another order.</summary>
    public static Effect Reorder() => new(EffectKind.Reorder);

    /// <summary>If-None-Match is not seen in this request.</summary>
    public static Effect IgnoreConditions() => new(EffectKind.IgnoreConditions);

    /// <summary>Anything else, before the request is done: revoke a key, remove a bucket.</summary>
    public static Effect Before(Action<LoggedRequest> call) => new(EffectKind.Before) { Call = Wrap(call) };

    /// <summary>Anything else, when the request is done and its answer not yet sent: replace the object, let the store die.</summary>
    public static Effect After(Action<LoggedRequest> call) => new(EffectKind.After) { Call = Wrap(call) };

    public static Effect BeforeAsync(Func<LoggedRequest, Task> call) => new(EffectKind.Before) { Call = call };

    public static Effect AfterAsync(Func<LoggedRequest, Task> call) => new(EffectKind.After) { Call = call };

    private static (string Name, string Value)[] RetryAfter(int? seconds) =>
        seconds is { } s ? [("Retry-After", s.ToString(System.Globalization.CultureInfo.InvariantCulture))] : [];

    private static Func<LoggedRequest, Task> Wrap(Action<LoggedRequest> call) => request =>
    {
        call(request);
        return Task.CompletedTask;
    };
}

internal enum EffectKind
{
    Gate,
    GateAnswer,
    Latency,
    Error,
    ResetBefore,
    LostReply,
    ResetAfter,
    Truncate,
    Corrupt,
    StoreCorrupted,
    WrongETag,
    ErrorIn200,
    DoneButErrorIn200,
    RepeatPage,
    StuckToken,
    MissingToken,
    Reorder,
    IgnoreConditions,
    Before,
    After,
}
