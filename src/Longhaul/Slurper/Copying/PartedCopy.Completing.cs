using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>The end: the whole is checked, made to appear, and checked again.</summary>
internal sealed partial class PartedCopy
{
    private async Task<CopyOutcome> CompleteAsync()
    {
        var expected = Expected();
        CheckSource(expected);
        if (_sourceBucket is not null && !ETags.AreEqual((await _copy.HeadSourceAsync()).ETag, _facts.ETag))
        {
            // Not every store pins the parts that it copies.
            throw ObjectCopy.Changed();
        }

        // Stores are known to ignore the condition here.
        if (!_job.Overwrite && await _copy.StandingAsync(_facts.Size, _facts.ETag) is { } standing)
        {
            await _copy.DiscardUploadAsync();
            return standing;
        }

        for (var failures = 1; ; failures++)
        {
            try
            {
                var written = await _copy.AskAsync(
                    CopySide.Target,
                    _copy.Target.Writes,
                    "completion of an upload",
                    Ending,
                    _copy.Tokens.Commit,
                    token => _job.Target.CompleteUploadAsync(_key, _uploadId, _parts!, _copy.IsConditional, token));
                return await FinishAsync(written, expected);
            }
            catch (RequestFaultException fault) when (fault.Request == "completion of an upload")
            {
                if (await AfterFailureAsync(fault, expected) is { } outcome)
                {
                    return outcome;
                }

                if (!fault.IsPassing || failures >= _job.Options.MaxTries)
                {
                    throw new RequestFaultException(fault.Side, fault.Request, fault.Cause) { IsExhausted = fault.IsPassing };
                }

                _copy.CountRetry();
                await _copy.PauseAsync(_copy.WaitAfter(failures, fault.Cause.RetryAfter), Ending);
            }
        }
    }

    /// <summary>The ETag that the upload gets at a store that keeps to MD5; null where the MD5 of a part is not known.</summary>
    private string? Expected()
    {
        for (var i = 0; i < _parts.Length; i++)
        {
            if (_md5s.AsSpan(i * ETags.Md5Bytes, ETags.Md5Bytes).IndexOfAnyExcept((byte)0) < 0)
            {
                return null;
            }
        }

        return ETags.Composite(_md5s);
    }

    private void CheckSource(string? expected)
    {
        // Parts that a store copied by itself have its own ETags, which need not be MD5s; the end result is compared then.
        var isProven = !_followsSource || expected is null || _sourceBucket is not null || (_isResumed && !_copy.Target.Plain.IsKept)
            || _copy.Proof.AcceptsParts(_facts, expected);
        if (isProven && _whole is not null)
        {
            var md5s = _whole.Finish();
            isProven = _sourcePartBytes > 0
                ? _copy.Proof.AcceptsParts(_facts, ETags.Composite(md5s))
                : _copy.Proof.AcceptsWhole(_facts, md5s, crc: null);
        }

        if (isProven && _countsCrc && !_isResumed && _sourceBucket is null)
        {
            isProven = SourceProof.Crc(_facts) is not { } given || given == WholeCrc();
        }

        if (!isProven)
        {
            throw new RequestFaultException(CopySide.Source, "GET", StoreFault.PreconditionFailed, SourceProof.Mismatch);
        }
    }

    private ulong WholeCrc()
    {
        var crc = 0UL;
        for (var i = 0; i < _crcs.Length; i++)
        {
            crc = Crc64Nvme.Combine(crc, _crcs[i], _plan.Range(i + 1).Length);
        }

        return crc;
    }

    /// <summary>After a completion that failed or seemed to: the outcome, or null when it is to be asked again.</summary>
    private async Task<CopyOutcome?> AfterFailureAsync(RequestFaultException fault, string? expected)
    {
        switch (fault.Fault)
        {
            case StoreFault.Passing or StoreFault.NoSuchUpload:
                // It may have been completed with the answer lost; nothing is sent again before that is known.
                _copy.MayHaveLanded();
                if (await _copy.HeadTargetAsync() is { } head && IsOurs(head, expected, _copy.Upload!.IntendedAt))
                {
                    return await FinishAsync(new WrittenObject(head.ETag), expected);
                }

                return null;

            case StoreFault.PreconditionFailed:
                var found = await _copy.FoundAsync(_facts.Size, expected);
                await _copy.DiscardUploadAsync();
                return found;

            case StoreFault.Conflict:
                // Such an upload cannot be completed any more.
                await _copy.DiscardUploadAsync();
                throw new RequestFaultException(fault.Side, "conflict", fault.Cause);

            case StoreFault.Permanent when fault.Cause.Code == "EntityTooSmall" && _followsSource:
                // The source has smaller parts than this store takes.
                _copy.HasOwnSplit = true;
                await _copy.DiscardUploadAsync();
                throw new RequestFaultException(
                    fault.Side, "split", new StoreException(StoreFault.Passing, fault.Cause.Status, fault.Cause.Code, fault.Cause.Message));

            default:
                return null;
        }
    }

    private bool IsOurs(ObjectFacts head, string? expected, DateTimeOffset since)
    {
        if (head.Size != _facts.Size || head.LastModified is not { } modified || modified < UploadCleaning.WholeSecond(since))
        {
            return false;
        }

        var parts = ETags.Parts(head.ETag);
        return ETags.AreEqual(head.ETag, expected)
            || (parts == 0 ? !ETags.IsPlain(head.ETag) || !_copy.Target.Composite.IsKept : parts == _plan.Count && !IsComparable(head.ETag, expected));
    }

    private bool IsComparable(string? etag, string? expected)
        => expected is not null && _copy.Target.Composite.IsKept && ETags.Parts(etag) > 0;

    private async Task<CopyOutcome> FinishAsync(WrittenObject written, string? expected)
    {
        _copy.MayHaveLanded();
        var etag = written.ETag;
        if (ETags.AreEqual(etag, expected))
        {
            _copy.Target.Composite.Kept();
        }
        else
        {
            etag = await _copy.CheckSizeAsync(written, _facts.Size);
            if (ETags.AreEqual(etag, expected))
            {
                _copy.Target.Composite.Kept();
            }
            else if (IsComparable(etag, expected))
            {
                await _copy.DeleteWrongAsync(written.ETag ?? etag, _facts.Size);
                await _copy.ForgetUploadAsync();
                throw ObjectCopy.WrongThere();
            }
            else if (ETags.Parts(etag) > 0)
            {
                // Every part was proven by itself, and the whole has the right size: this store makes its ETags in another way.
                _copy.Target.Composite.Missed();
            }
        }

        if (_copy.Upload is { IsInDoubt: true } upload)
        {
            await SweepAsync(upload);
        }

        await _copy.ForgetUploadAsync();
        return _copy.Copied(_facts.Size, _facts.ETag, etag);
    }

    // The object is there, so what fails here fails nothing; a store keeps strays only until its own rules remove them.
    private async Task SweepAsync(OpenUpload upload)
    {
        try
        {
            await UploadCleaning.SweepAsync(_job.Target, _key, upload.IntendedAt, _copy.Tokens.Lost);
        }
        catch (StoreException)
        {
            _copy.CountRetry();
        }
    }
}
