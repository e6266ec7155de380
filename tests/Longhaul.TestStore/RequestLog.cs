namespace Longhaul.TestStores;

/// <summary>What was asked of the store, in the order of arrival. Safe for concurrent use.</summary>
public sealed class RequestLog(bool keeps, int limit, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly List<LoggedRequest> _requests = [];
    private readonly List<(Func<LoggedRequest, bool> Wanted, int Count, TaskCompletionSource Source)> _waiting = [];
    private readonly long[] _counts = new long[Enum.GetValues<S3Verb>().Length];
    private long _number;
    private long _ends;

    /// <summary>All that were kept, running ones included.</summary>
    public IReadOnlyList<LoggedRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>The number of the newest request: "no write after" compares with it.</summary>
    public long LastNumber => Volatile.Read(ref _number);

    public int RunningCount
    {
        get
        {
            lock (_gate)
            {
                return (int)(_number - _ends);
            }
        }
    }

    /// <summary>How many requests with this verb came; counted also where the log is off.</summary>
    public long Count(S3Verb verb) => Volatile.Read(ref _counts[(int)verb]);

    public int Count(Func<LoggedRequest, bool> wanted) => Requests.Count(wanted);

    public IReadOnlyList<LoggedRequest> For(string key, S3Verb? verb = null) =>
        [.. Requests.Where(r => r.Key == key && (verb is null || r.Verb == verb))];

    public IReadOnlyList<LoggedRequest> Of(S3Verb verb) => [.. Requests.Where(r => r.Verb == verb)];

    /// <summary>Writes that came after the number was taken.</summary>
    public IReadOnlyList<LoggedRequest> WritesAfter(long number) => [.. Requests.Where(r => r.Number > number && r.Verb.IsWrite())];

    /// <summary>Completes when so many requests that are wanted have ended, those before the call included.</summary>
    public Task EndedAsync(Func<LoggedRequest, bool> wanted, int count = 1)
    {
        lock (_gate)
        {
            if (_requests.Count(r => r.EndNumber > 0 && wanted(r)) >= count)
            {
                return Task.CompletedTask;
            }

            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, count, source));
            return source.Task;
        }
    }

    /// <summary>Forgets what has ended and starts the counts again; numbers go on.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _requests.RemoveAll(r => r.EndNumber > 0);
            Array.Clear(_counts);
        }
    }

    internal long NextNumber() => Interlocked.Increment(ref _number);

    internal void Begin(LoggedRequest request)
    {
        Interlocked.Increment(ref _counts[(int)request.Verb]);
        if (!keeps)
        {
            return;
        }

        lock (_gate)
        {
            if (_requests.Count < limit)
            {
                _requests.Add(request);
            }
        }
    }

    internal void End(LoggedRequest request)
    {
        request.EndedAt = clock.GetUtcNow();
        if (!keeps)
        {
            Interlocked.Increment(ref _ends);
            return;
        }

        lock (_gate)
        {
            request.EndNumber = ++_ends;
            foreach (var (wanted, count, source) in _waiting.ToArray())
            {
                if (_requests.Count(r => r.EndNumber > 0 && wanted(r)) >= count)
                {
                    source.TrySetResult();
                    _waiting.RemoveAll(w => w.Source == source);
                }
            }
        }
    }
}
