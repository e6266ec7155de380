using System.Runtime.ExceptionServices;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>
/// One try of an object that goes up in parts, whether its bytes come through here or the store copies them by itself. What earlier tries
/// and runs have sent of the same object is not sent again.
/// </summary>
internal sealed partial class PartedCopy
{
    /// <summary>Parts of one object that are under way at once.</summary>
    private const int ParallelParts = 8;

    private readonly ObjectCopy _copy;
    private readonly CopyJob _job;
    private readonly string _key;
    private readonly ObjectFacts _facts;
    private readonly bool _countsCrc;
    private readonly Lock _lock = new();

    private readonly string? _sourceBucket;
    private volatile bool _holdsParts;
    private volatile bool _isEnding;
    private bool _isResumed;

    // Set before the first part is sent.
    private PartPlan _plan;
    private bool _followsSource;
    private long _sourcePartBytes;
    private string _uploadId = "";
    private UploadedPart?[] _parts = [];

    // 16 bytes each, by number; written by whoever sends the part.
    private byte[] _md5s = [];
    private ulong[] _crcs = [];

    // Where the source says nothing of the whole but its MD5.
    private OrderedHash? _whole;

    // Under the lock.
    private ExceptionDispatchInfo? _failure;
    private int _next;

    /// <param name="copy">The object.</param>
    /// <param name="facts">Its headers at the source, which every request is pinned to.</param>
    /// <param name="sourceBucket">The source's bucket where the store shall copy the parts by itself; else null.</param>
    public PartedCopy(ObjectCopy copy, ObjectFacts facts, string? sourceBucket)
    {
        _copy = copy;
        _job = copy.Job;
        _key = copy.Item.Key;
        _facts = facts;
        _sourceBucket = sourceBucket;
        _countsCrc = SourceProof.Crc(facts) is not null;
    }

    private CancellationToken Ending => _copy.Tokens.Ending;

    /// <summary>Copies it. Completes when it is there and right.</summary>
    public async Task<CopyOutcome> RunAsync()
    {
        var recorded = await _copy.Journal.FindAsync(Ending);
        if (recorded is not null)
        {
            // Whatever else was begun for this key since then is ours too.
            _copy.Upload ??= new OpenUpload(recorded.UploadId, recorded.IntendedAt) { IsInDoubt = true };
        }

        if (!_job.Overwrite && await _copy.StandingAsync(_facts.Size, _facts.ETag) is { } standing)
        {
            await _copy.DiscardUploadAsync();
            return standing;
        }

        await PlanAsync();
        if (recorded is not null && await ResumeAsync(recorded) is { } finished)
        {
            return finished;
        }

        if (_uploadId.Length == 0)
        {
            await BeginAsync();
        }

        using var whole = IsHashedWhole && _plan.PartBytes <= _copy.Budget.Large.Capacity / 2
            ? new OrderedHash(_plan.Count, _sourcePartBytes > 0 ? _sourcePartBytes : _facts.Size)
            : null;
        _whole = whole;
        await SendAllAsync();
        return await CompleteAsync();
    }

    /// <summary>
    /// True when only MD5s over other runs of bytes than our parts can prove it, of the whole or of the source's own parts: then every part
    /// is held while those before it are hashed, and the finished parts of an earlier run are read, though not sent, once more.
    /// </summary>
    private bool IsHashedWhole
        => _sourceBucket is null && !_countsCrc && (SourceProof.IsPlainMd5(_facts)
            ? !_copy.Source.Plain.IsDenied
            : _sourcePartBytes > 0 && !_followsSource && !_copy.Source.Composite.IsDenied);

    /// <summary>Cuts it as the source is cut, where that can be found out, since only then the ETag stays the same.</summary>
    private async Task PlanAsync()
    {
        var count = ETags.Parts(_facts.ETag);
        if (count is > 0 and <= PartPlan.MaxParts)
        {
            var first = count == 1 ? _facts.Size : await FirstPartAsync(count);
            if (first > 0 && new PartPlan(_facts.Size, first).Count == count)
            {
                _sourcePartBytes = first;
                _followsSource = first <= _job.Options.MaxSinglePutBytes && !_copy.HasOwnSplit;
            }
        }

        if (_followsSource)
        {
            _plan = new PartPlan(_facts.Size, _sourcePartBytes);
            return;
        }

        var partBytes = IsHashedWhole ? Math.Min(_job.Options.PartBytes, _job.Options.SmallBytes) : _job.Options.PartBytes;
        _plan = PartPlan.Of(_facts.Size, Math.Min(partBytes, _job.Options.MaxSinglePutBytes));
    }

    private async Task<long> FirstPartAsync(int count)
    {
        try
        {
            var part = await _copy.AskAsync(
                CopySide.Source, _copy.Source.Reads, "HEAD ?partNumber", Ending, Ending, token => _job.Source.HeadAsync(_key, 1, token));

            // A store that does not know part numbers answers for the whole.
            return part is null || part.Size >= _facts.Size || (part.PartsCount is { } parts && parts != count) ? 0 : part.Size;
        }
        catch (RequestFaultException fault) when (fault.Fault is StoreFault.NotImplemented or StoreFault.Permanent or StoreFault.RangeNotSatisfiable)
        {
            return 0;
        }
    }

    /// <summary>Takes up what an earlier run has begun; the outcome when it had even ended it.</summary>
    private async Task<CopyOutcome?> ResumeAsync(RecordedUpload recorded)
    {
        var isSame = _facts.ETag is not null && recorded.SourceETag == _facts.ETag && recorded.Size == _facts.Size;
        if (recorded.UploadId is not { } uploadId || !isSame)
        {
            await StartOverAsync();
            return null;
        }

        var parts = await _copy.AskAsync(
            CopySide.Target, _copy.Target.Reads, "list of parts", Ending, Ending, token => _job.Target.ListPartsAsync(_key, uploadId, token));
        if (parts is null)
        {
            if (await _copy.HeadTargetAsync() is { } head && IsOurs(head, expected: _followsSource ? _facts.ETag : null, recorded.IntendedAt))
            {
                await _copy.ForgetUploadAsync();
                return _copy.Copied(_facts.Size, _facts.ETag, head.ETag);
            }

            await StartOverAsync();
            return null;
        }

        var plan = new PartPlan(_facts.Size, recorded.PartBytes);
        _followsSource &= plan == _plan;
        _plan = plan;
        Use(uploadId);
        _isResumed = true;
        foreach (var part in parts)
        {
            if (part.Number >= 1 && part.Number <= plan.Count && part.Size == plan.Range(part.Number).Length)
            {
                _parts[part.Number - 1] = part;
                if (ETags.IsPlain(part.ETag))
                {
                    Convert.FromHexString(part.ETag).CopyTo(_md5s, (part.Number - 1) * ETags.Md5Bytes);
                }
            }
        }

        return null;
    }

    private async Task StartOverAsync()
    {
        await _copy.DiscardUploadAsync();
        if (_copy.Upload is not null)
        {
            throw new RequestFaultException(
                CopySide.Target, "abort of an upload", StoreFault.Passing, "an upload that an earlier run has left could not be aborted");
        }
    }

    private async Task BeginAsync()
    {
        var upload = new OpenUpload(id: null, _copy.Clock.GetUtcNow());
        await _copy.Journal.IntendAsync(_key, _facts.ETag ?? "", _facts.Size, _plan.PartBytes, Ending);
        _copy.Upload = upload;
        try
        {
            var uploadId = await _copy.AskAsync(
                CopySide.Target,
                _copy.Target.Writes,
                "begin of an upload",
                Ending,
                _copy.Tokens.Commit,
                token => _job.Target.BeginUploadAsync(_key, _facts.Headers, token));
            upload.Id = uploadId;
            await _copy.Journal.BeganAsync(uploadId, _copy.Tokens.Lost);
            Use(uploadId);
        }
        catch (RequestFaultException fault) when (fault.Fault is not StoreFault.Passing)
        {
            // The store refused: there is none.
            await _copy.ForgetUploadAsync();
            throw;
        }
    }

    private void Use(string uploadId)
    {
        _uploadId = uploadId;
        _parts = new UploadedPart?[_plan.Count];
        _md5s = new byte[_plan.Count * ETags.Md5Bytes];
        _crcs = _countsCrc ? new ulong[_plan.Count] : [];
    }

    private async Task SendAllAsync()
    {
        using var siblings = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        var count = _whole is null ? _parts.Count(part => part is null) : _parts.Length;
        var workers = new Task[Math.Min(ParallelParts, count)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = WorkAsync(siblings);
        }

        await Task.WhenAll(workers);
        _failure?.Throw();
    }

    private async Task WorkAsync(CancellationTokenSource siblings)
    {
        try
        {
            while (!_isEnding && await SendNextAsync(siblings.Token))
            {
                // One after the other.
            }
        }
        catch (Exception exception)
        {
            lock (_lock)
            {
                _failure ??= ExceptionDispatchInfo.Capture(exception);
            }

            _isEnding = true;
            // After a stop the others may end what they have begun, unless they wait for this one.
            if (exception is not OperationCanceledException || _whole is not null)
            {
                await siblings.CancelAsync();
            }
        }
    }

    private async Task<bool> SendNextAsync(CancellationToken token)
    {
        // Memory first, the number then: a part that others wait for never waits for the memory that they hold.
        using var lease = _whole is null ? null : await _copy.Budget.Large.RentAsync((int)_plan.PartBytes, default, token);
        if (NextMissing() is not { } number)
        {
            return false;
        }

        await SendAsync(number, lease, token);
        return true;
    }

    private int? NextMissing()
    {
        lock (_lock)
        {
            while (_next < _parts.Length)
            {
                _next++;
                if (_whole is not null || _parts[_next - 1] is null)
                {
                    return _next;
                }
            }
        }

        return null;
    }
}
