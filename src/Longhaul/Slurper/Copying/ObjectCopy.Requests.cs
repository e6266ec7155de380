using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

#pragma warning disable CA1068 // What is asked reads best where it stands: last.

/// <summary>The requests: each waits for its place, tells the limiter how it went, and names itself in what it throws.</summary>
internal sealed partial class ObjectCopy
{
    private static readonly ReadRequest Whole = new();
    private static readonly ReadRequest FirstByte = new(new ByteRange(0, 0));

    /// <summary>
    /// Makes a request. The first of a try is not made any more when nothing new is to be started.
    /// </summary>
    /// <param name="side">Whom it goes to.</param>
    /// <param name="lane">Where it waits.</param>
    /// <param name="request">Its name in messages.</param>
    /// <param name="waiting">Ends the waiting.</param>
    /// <param name="asking">Ends the request.</param>
    /// <param name="ask">Makes it.</param>
    public async Task<T> AskAsync<T>(
        CopySide side, EndpointThrottle lane, string request, CancellationToken waiting, CancellationToken asking, Func<CancellationToken, Task<T>> ask)
    {
        var enteredAt = await EnterAsync(lane, waiting);
        T answer;
        try
        {
            answer = await ask(asking);
        }
        catch (Exception exception)
        {
            throw Left(side, lane, enteredAt, request, exception, asking);
        }

        lane.Leave();
        return answer;
    }

    /// <summary>Reads the headers at the source; an object that is not there is a fault.</summary>
    public async Task<ObjectFacts> HeadSourceAsync()
    {
        var facts = await AskAsync(
            CopySide.Source, Source.Reads, "HEAD", Tokens.Ending, Tokens.Ending, token => Job.Source.HeadAsync(Item.Key, partNumber: null, token));
        if (facts is not null)
        {
            return facts;
        }

        // A HEAD has no body to say what it is that is not there; a GET tells a missing key from a missing bucket.
        await using var read = await OpenAsync(FirstByte, Tokens.Ending);
        return read.Content.Facts;
    }

    /// <summary>Reads the headers at the target; null when nothing is there.</summary>
    public Task<ObjectFacts?> HeadTargetAsync()
        => AskAsync(
            CopySide.Target, Target.Reads, "HEAD", Tokens.Ending, Tokens.Ending, token => Job.Target.HeadAsync(Item.Key, partNumber: null, token));

    /// <summary>Opens the object, or a range of it, at the source. The caller disposes it.</summary>
    public async Task<OpenRead> OpenAsync(ReadRequest request, CancellationToken token)
    {
        var lane = Source.Reads;
        var enteredAt = await EnterAsync(lane, token);
        try
        {
            var content = await Job.Source.ReadAsync(Item.Key, request, token);
            Job.LastRead.Key = Item.Key;
            return new OpenRead(content, lane);
        }
        catch (Exception exception)
        {
            throw Left(CopySide.Source, lane, enteredAt, "GET", exception, token);
        }
    }

    /// <summary>Reads exactly as many bytes as the buffer has, which are all.</summary>
    public static async Task FillAsync(OpenRead read, Memory<byte> buffer, CancellationToken token)
    {
        try
        {
            await read.Content.Body.ReadExactlyAsync(buffer, token);
            read.Leave(isClean: true);
        }
        catch (Exception exception)
        {
            read.Leave(isClean: false);
            throw Translate(CopySide.Source, "GET", exception, token);
        }
    }

    private ValueTask<long> EnterAsync(EndpointThrottle lane, CancellationToken token)
    {
        var stop = _isStarted ? default : Tokens.Stop;
        _isStarted = true;
        return lane.EnterAsync(token, stop);
    }

    /// <summary>Gives the place back after a failure, and makes of it what is thrown on.</summary>
    public Exception Left(
        CopySide side, EndpointThrottle lane, long enteredAt, string request, Exception exception, CancellationToken token)
    {
        var translated = Translate(side, request, exception, token);
        var fault = translated as RequestFaultException;
        if (fault?.Fault is StoreFault.Throttled)
        {
            lane.LeaveThrottled(enteredAt);
            if (fault.Cause.RetryAfter is { } wait)
            {
                (side is CopySide.Source ? Source : Target).Pause(wait);
            }
        }
        else
        {
            lane.Leave(isClean: fault is null || !fault.IsPassing);
        }

        return translated;
    }

    private static Exception Translate(CopySide side, string request, Exception exception, CancellationToken token)
        => exception switch
        {
            // A request that we ended may fail in any way.
            _ when token.IsCancellationRequested => new OperationCanceledException(token),
            RequestFaultException => exception,
            StoreException fault => new RequestFaultException(side, request, fault),
            EndOfStreamException => Passing(side, request, "the body ended early", exception),
            IOException or HttpRequestException => Passing(side, request, exception.Message, exception),
            OperationCanceledException => Passing(side, request, "it took too long", exception),
            _ => exception,
        };

    private static RequestFaultException Passing(CopySide side, string request, string message, Exception inner)
        => new(side, request, new StoreException(StoreFault.Passing, status: null, code: null, message, inner: inner));

    private async Task CopyTagsAsync()
    {
        if (Source.LacksTags || Target.LacksTags)
        {
            return;
        }

        var endpoint = Source;
        try
        {
            var tags = await AskAsync(
                CopySide.Source, Source.Reads, "GET ?tagging", Tokens.Ending, Tokens.Ending, token => Job.Source.ReadTagsAsync(Item.Key, token));
            if (tags.Count > 0)
            {
                endpoint = Target;
                await AskAsync(
                    CopySide.Target,
                    Target.Writes,
                    "PUT ?tagging",
                    Tokens.Ending,
                    Tokens.Commit,
                    async token =>
                    {
                        await Job.Target.WriteTagsAsync(Item.Key, tags, token);
                        return true;
                    });
            }
        }
        catch (RequestFaultException fault) when (fault.Fault is StoreFault.NotImplemented)
        {
            endpoint.LacksTags = true;
        }
    }
}
