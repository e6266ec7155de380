using System.Collections.Concurrent;

namespace Longhaul.Slurper.Copying;

/// <summary>
/// What this process knows of the endpoints that it talks to: how many requests they bear and how they behave. One per process; an entry
/// is a few hundred bytes and there are as many as buckets were used. Safe for concurrent use.
/// </summary>
internal sealed class StoreEndpoints(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, StoreEndpoint> _endpoints = new(StringComparer.Ordinal);

    /// <summary>The entry of an endpoint and bucket, made when it is first asked for.</summary>
    public StoreEndpoint Find(string endpoint)
        => _endpoints.GetOrAdd(endpoint, static (_, clock) => new StoreEndpoint(clock), clock);
}

/// <summary>One endpoint and bucket.</summary>
internal sealed class StoreEndpoint(TimeProvider clock)
{
    /// <summary>GET and HEAD of objects.</summary>
    public EndpointThrottle Reads { get; } = new(clock);

    /// <summary>Everything that writes.</summary>
    public EndpointThrottle Writes { get; } = new(clock);

    /// <summary>Listings of keys.</summary>
    public EndpointThrottle Lists { get; } = new(clock);

    /// <summary>Whether an ETag of 32 hex digits is the MD5 of the bytes.</summary>
    public ETagHabit Plain { get; } = new(deniedAfter: 3);

    /// <summary>Whether an ETag of a multipart upload is the MD5 over the MD5s of its parts.</summary>
    public ETagHabit Composite { get; } = new(deniedAfter: 1);

    /// <summary>Whether the store refuses a body that has another MD5 than it was told.</summary>
    public DigestCheck DigestCheck { get; set; }

    /// <summary>Lets one after the other find that out.</summary>
    public FifoGate Probing { get; } = new(1);

    /// <summary>True once the store refused to know a condition when an upload is completed, although it may know one on a PUT.</summary>
    public bool LacksConditionalComplete { get; set; }

    /// <summary>The same for a copy that it makes by itself.</summary>
    public bool LacksConditionalCopy { get; set; }

    /// <summary>True once the store refused to copy an object by itself.</summary>
    public bool LacksCopy { get; set; }

    /// <summary>True once the store refused to copy a part by itself.</summary>
    public bool LacksPartCopy { get; set; }

    /// <summary>True once the store refused to know about tags.</summary>
    public bool LacksTags { get; set; }

    /// <summary>Keeps every request from the endpoint for a while.</summary>
    public void Pause(TimeSpan duration)
    {
        Reads.Pause(duration);
        Writes.Pause(duration);
        Lists.Pause(duration);
    }
}

/// <summary>What is known of a store's care for Content-MD5.</summary>
internal enum DigestCheck
{
    /// <summary>Not tried yet.</summary>
    Unknown,

    /// <summary>It refuses what does not fit.</summary>
    Made,

    /// <summary>It takes what does not fit, or does not let itself be asked.</summary>
    Missing,
}

/// <summary>What was seen of a form of ETag at one endpoint: once it was what it looks like, it is believed from then on.</summary>
internal sealed class ETagHabit(int deniedAfter)
{
    private int _misses;
    private volatile bool _isKept;
    private volatile bool _isDoubted;

    /// <summary>True once such an ETag was right: one that is not means that bytes are wrong.</summary>
    public bool IsKept => _isKept;

    /// <summary>True when such ETags have only ever been something else: comparing is pointless.</summary>
    public bool IsDenied => !_isKept && Volatile.Read(ref _misses) >= deniedAfter;

    /// <summary>True when such an ETag seemed wrong before any was right: what is built on the next one may be in vain.</summary>
    public bool IsDoubted => !_isKept && (_isDoubted || IsDenied);

    /// <summary>It was right.</summary>
    public void Kept()
    {
        if (!_isKept)
        {
            _isKept = true;
        }
    }

    /// <summary>It did not fit the bytes, and which of the two is wrong is not known.</summary>
    public void Doubted() => _isDoubted = true;

    /// <summary>It was something else, and the bytes were proven otherwise.</summary>
    public void Missed() => Interlocked.Increment(ref _misses);
}
