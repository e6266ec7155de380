using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>What stands at the target: before a write, instead of one, and after it.</summary>
internal sealed partial class ObjectCopy
{
    private const int DeleteTries = 3;

    // What we wrote and the target described otherwise than expected, until it is proven or gone.
    private (string? ETag, long Size)? _suspect;

    /// <summary>Looks before a write that must not replace anything. Null when nothing is there.</summary>
    public async Task<CopyOutcome?> StandingAsync(long size, string? etag)
        => await HeadTargetAsync() is { } head ? await JudgeFoundAsync(head, size, etag) : null;

    /// <summary>After a conditional write has found something there.</summary>
    public async Task<CopyOutcome> FoundAsync(long size, string? etag)
    {
        if (!_mayHaveLanded && !_isRepeated && !_isWrongLeft && _suspect is null)
        {
            return new CopyOutcome.Exists();
        }

        if (await HeadTargetAsync() is { } head)
        {
            return await JudgeFoundAsync(head, size, etag);
        }

        throw new RequestFaultException(CopySide.Target, "PUT", StoreFault.Passing, "something was there and is gone again");
    }

    /// <summary>True when what stands there was written by us, as far as a store can tell.</summary>
    public bool IsOurs(ObjectFacts head, long size, string? etag, DateTimeOffset since)
    {
        if (size >= 0 && head.Size != size)
        {
            return false;
        }

        if (ETags.IsPlain(etag) && ETags.IsPlain(head.ETag) && Target.Plain.IsKept && !_isRepeated)
        {
            return ETags.AreEqual(etag, head.ETag);
        }

        return head.LastModified is { } modified && modified >= UploadCleaning.WholeSecond(since);
    }

    private async Task<CopyOutcome> JudgeFoundAsync(ObjectFacts head, long size, string? etag)
    {
        if (_isWrongLeft)
        {
            var wrong = "what stands at the target is ours and wrong, and could not be deleted";
            return new CopyOutcome.Failed(wrong, IsRetriable: true, Attempts);
        }

        if (_suspect is { } suspect && ETags.AreEqual(suspect.ETag, head.ETag) && !ETags.AreEqual(etag, head.ETag))
        {
            await DeleteWrongAsync(suspect.ETag, suspect.Size);
            throw WrongThere();
        }

        if ((_mayHaveLanded || _isRepeated) && IsOurs(head, size, etag, Job.AcceptedAt))
        {
            return Copied(head.Size, Item.ETag, head.ETag);
        }

        return new CopyOutcome.Exists();
    }

    private bool IsFound(RequestFaultException fault)
        => IsConditional && fault is { Fault: StoreFault.PreconditionFailed, Side: CopySide.Target };

    /// <summary>
    /// Makes sure that what was written is what was sent. Completes with its ETag; throws a passing fault when it is something else, which
    /// has been deleted then.
    /// </summary>
    private async Task<string?> VerifyAsync(WrittenObject written, long size, byte[]? md5, bool isMd5Sent)
    {
        if (md5 is not null && ETags.IsPlain(written.ETag) && !Target.Plain.IsDenied)
        {
            if (ETags.IsOf(written.ETag!, md5))
            {
                Target.Plain.Kept();
                _suspect = null;
                return written.ETag;
            }

            // The store encrypts, or gives ETags of another kind, or lies, or keeps other bytes: only reading them tells.
            _mayHaveLanded = true;
            _suspect = (written.ETag, size);
            return await ReadBackAsync(written, size, md5);
        }

        if (written.ETag is not null && isMd5Sent)
        {
            return written.ETag;
        }

        _mayHaveLanded = true;
        return await CheckSizeAsync(written, size);
    }

    /// <summary>
    /// True when the target refuses a body that has another MD5 than it was told, so that nothing needs to be hashed here. Found out once
    /// for each endpoint, by writing a byte to a reserved key with the MD5 of none.
    /// </summary>
    private async Task<bool> ChecksMd5Async()
    {
        if (Target.DigestCheck is DigestCheck.Unknown)
        {
            await Target.Probing.EnterAsync(1, Tokens.Ending, default);
            try
            {
                if (Target.DigestCheck is DigestCheck.Unknown)
                {
                    Target.DigestCheck = await ProbeDigestCheckAsync();
                }
            }
            finally
            {
                Target.Probing.Leave(1);
            }
        }

        return Target.DigestCheck is DigestCheck.Made;
    }

    private async Task<DigestCheck> ProbeDigestCheckAsync()
    {
        var request = new PutRequest(new ObjectBody(1, new byte[1], Stream: null, ETags.Md5([])), ObjectHeaders.None, OnlyIfAbsent: false);
        var found = DigestCheck.Missing;
        try
        {
            await AskAsync(
                CopySide.Target, Target.Writes, "PUT", Tokens.Ending, Tokens.Commit, token => Job.Target.PutAsync(ReservedKey, request, token));
        }
        catch (RequestFaultException fault) when (fault.Fault is StoreFault.BadDigest)
        {
            return DigestCheck.Made;
        }
        catch (RequestFaultException fault) when (fault.IsPassing)
        {
            // That was about something else: the next object asks again.
            found = DigestCheck.Unknown;
        }
        catch (RequestFaultException)
        {
            // It may not be asked, so nothing is known to be there either.
            return DigestCheck.Missing;
        }

        try
        {
            await Job.Target.DeleteAsync(ReservedKey, Tokens.Lost);
        }
        catch (StoreException)
        {
            // A byte under the reserved key stays until the next one who asks.
        }

        return found;
    }

    /// <summary>Makes sure that what was written has the size of what was sent. Completes with its ETag.</summary>
    public async Task<string?> CheckSizeAsync(WrittenObject written, long size)
    {
        if (await HeadTargetAsync() is not { } head)
        {
            throw new RequestFaultException(CopySide.Target, "HEAD", StoreFault.Passing, "what was written is not there");
        }

        if (head.Size != size)
        {
            await DeleteWrongAsync(written.ETag, size);
            throw WrongThere();
        }

        return head.ETag ?? written.ETag;
    }

    /// <summary>Deletes what was found to be wrong, when it is what we wrote. Somebody else's stays.</summary>
    public async Task DeleteWrongAsync(string? writtenETag, long size)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var head = await Job.Target.HeadAsync(Item.Key, partNumber: null, Tokens.Lost);
                var isOurs = head is not null && (writtenETag is null ? head.Size == size : ETags.AreEqual(writtenETag, head.ETag));
                if (isOurs)
                {
                    await Job.Target.DeleteAsync(Item.Key, Tokens.Lost);
                }

                // What stays may still be ours, under another ETag than the answer gave.
                _mayHaveLanded = head is not null && !isOurs;
                _isWrongLeft = false;
                _suspect = null;
                return;
            }
            catch (StoreException fault) when (fault.IsPassing && tries < DeleteTries)
            {
                // At once: it stands there and is wrong.
            }
            catch (StoreException)
            {
                _isWrongLeft = true;
                return;
            }
        }
    }

    /// <summary>What was written and never proven does not stay when the object is given up.</summary>
    private async Task DeleteSuspectAsync()
    {
        if (_suspect is { } suspect)
        {
            await DeleteWrongAsync(suspect.ETag, suspect.Size);
        }
    }

    /// <summary>The fault of a target that keeps other bytes than it was given.</summary>
    public static RequestFaultException WrongThere()
        => new(CopySide.Target, "PUT", StoreFault.BadDigest, "what stands there is not what was sent");

    private async Task<string?> ReadBackAsync(WrittenObject written, long size, byte[] md5)
    {
        var (facts, read) = await AskAsync(
            CopySide.Target, Target.Reads, "GET", Tokens.Ending, Tokens.Ending, async token =>
            {
                await using var content = await Job.Target.ReadAsync(Item.Key, Whole, token);
                await using var stream = new CheckedStream(content.Body, content.Length, hashes: true, countsCrc: false, accepts: null, token);
                if (content.Length == size && size > 0)
                {
                    await stream.CopyToAsync(Stream.Null, token);
                }

                return (content.Facts, stream.Md5 ?? (content.Length == 0 ? ETags.Md5([]) : []));
            });
        if (md5.AsSpan().SequenceEqual(read))
        {
            Target.Plain.Missed();
            _suspect = null;
            return facts.ETag;
        }

        await DeleteWrongAsync(written.ETag, size);
        throw WrongThere();
    }
}
