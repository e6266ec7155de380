using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>One part: read, checked, written, compared.</summary>
internal sealed partial class PartedCopy
{
    /// <summary>Sends a part with all its tries.</summary>
    private async Task SendAsync(int number, BufferLease? lease, CancellationToken token)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await SendOnceAsync(number, lease, token);
                return;
            }
            catch (RequestFaultException fault) when (fault.IsPassing)
            {
                if (failures >= _job.Options.MaxTries)
                {
                    throw new RequestFaultException(fault.Side, fault.Request, fault.Cause) { IsExhausted = true };
                }

                _copy.CountRetry();
                await _copy.PauseAsync(_copy.WaitAfter(failures, fault.Cause.RetryAfter), token);
            }
        }
    }

    private async Task SendOnceAsync(int number, BufferLease? lease, CancellationToken token)
    {
        var length = _plan.Range(number).Length;
        if (_sourceBucket is { } bucket)
        {
            await CopyAtStoreAsync(number, bucket, token);
        }
        else if (lease is not null)
        {
            await SendHeldAsync(number, lease.Buffer.AsMemory(0, (int)length), token);
        }
        else if (length <= _job.Options.SmallBytes || (_holdsParts && length <= _copy.Budget.Large.Capacity))
        {
            // Up to the size of a small object a part is held whole, so that the target can be told its MD5 beforehand.
            using var own = await _copy.Budget.Large.RentAsync((int)length, default, token);
            await SendHeldAsync(number, own.Buffer.AsMemory(0, (int)length), token);
        }
        else
        {
            await SendStreamedAsync(number, length, token);
        }
    }

    private async Task CopyAtStoreAsync(int number, string bucket, CancellationToken token)
    {
        var request = new CopyRequest(bucket, _key, _facts.ETag!, ObjectHeaders.None, OnlyIfAbsent: false);
        try
        {
            _parts[number - 1] = await _copy.AskAsync(
                CopySide.Target,
                _copy.Target.Writes,
                "copy of a part",
                token,
                token,
                ending => _job.Target.CopyPartAsync(_key, _uploadId, number, request, _plan.Range(number), ending));
        }
        catch (RequestFaultException fault) when (fault.Fault is StoreFault.PreconditionFailed or StoreFault.NoSuchKey)
        {
            throw ObjectCopy.Changed();
        }
        catch (RequestFaultException fault) when (fault.Fault is StoreFault.NotImplemented or StoreFault.Permanent or StoreFault.AccessDenied)
        {
            // From the beginning, and through here.
            _copy.Target.LacksPartCopy |= fault.Fault is StoreFault.NotImplemented;
            _copy.StreamOnly();
            throw new RequestFaultException(CopySide.Source, fault.Request, StoreFault.PreconditionFailed, fault.Cause.Message);
        }

        if (_parts[number - 1] is { } part && ETags.IsPlain(part.ETag))
        {
            Convert.FromHexString(part.ETag).CopyTo(_md5s, (number - 1) * ETags.Md5Bytes);
        }
    }

    private async Task SendHeldAsync(int number, Memory<byte> bytes, CancellationToken token)
    {
        await using (var read = await OpenAsync(number, token))
        {
            await ObjectCopy.FillAsync(read, bytes, token);
        }

        var md5 = ETags.Md5(bytes.Span);
        if (_whole is not null)
        {
            if (!await _whole.AddAsync(number, bytes, md5, token))
            {
                throw new RequestFaultException(CopySide.Source, "GET", StoreFault.PreconditionFailed, SourceProof.Mismatch);
            }

            // An earlier run has sent it: where its ETag does not prove it wrong, that is enough.
            if (_parts[number - 1] is { } sent && (!ETags.IsPlain(sent.ETag) || ETags.IsOf(sent.ETag, md5) || !_copy.Target.Plain.IsKept))
            {
                md5.CopyTo(_md5s, (number - 1) * ETags.Md5Bytes);
                return;
            }
        }

        var crc = _countsCrc ? Crc64Nvme.Append(0, bytes.Span) : 0;
        var request = new PartRequest(number, new ObjectBody(bytes.Length, bytes, Stream: null, md5));
        var part = await _copy.AskAsync(
            CopySide.Target, _copy.Target.Writes, "PUT of a part", token, token, ending => _job.Target.PutPartAsync(_key, _uploadId, request, ending));
        Accept(number, part, md5, crc, isMd5Sent: true);
    }

    private async Task SendStreamedAsync(int number, long length, CancellationToken token)
    {
        using var lease = await _copy.Budget.Large.ReserveAsync(ObjectCopy.StreamBytes, default, token);
        await using var read = await OpenAsync(number, token);
        await using var stream = new CheckedStream(read.Content.Body, length, _countsCrc, accepts: null, token);
        var request = new PartRequest(number, new ObjectBody(length, default, stream, ContentMd5: null));
        var part = await _copy.AskStreamedAsync(
            stream, "PUT of a part", token, ending => _job.Target.PutPartAsync(_key, _uploadId, request, ending));
        if (stream.Md5 is not { } md5)
        {
            throw new RequestFaultException(CopySide.Target, "PUT of a part", StoreFault.Passing, "the store answered before it had the part");
        }

        Accept(number, part, md5, stream.Crc, isMd5Sent: false);
    }

    private async Task<OpenRead> OpenAsync(int number, CancellationToken token)
    {
        var range = _plan.Range(number);
        var read = await _copy.OpenAsync(new ReadRequest(range, _facts.ETag), token);
        var found = read.Content.Facts;
        var isSame = found.Size == _facts.Size && (_facts.ETag is null || found.ETag is null
            ? found.LastModified == _facts.LastModified
            : found.ETag == _facts.ETag);
        if (isSame && read.Content.Length == range.Length)
        {
            return read;
        }

        await read.DisposeAsync();
        throw isSame
            ? new RequestFaultException(CopySide.Source, "GET", StoreFault.Permanent, "the store answers a range with other bytes than were asked for")
            : ObjectCopy.Changed();
    }

    /// <summary>Compares what the store says of a part with what was sent.</summary>
    private void Accept(int number, UploadedPart part, byte[] md5, ulong crc, bool isMd5Sent)
    {
        var habit = _copy.Target.Plain;
        if (ETags.IsPlain(part.ETag))
        {
            if (ETags.IsOf(part.ETag, md5))
            {
                habit.Kept();
            }
            else if (habit.IsKept)
            {
                throw Wrong();
            }
            else if (isMd5Sent)
            {
                // The store was told the MD5 and took the part: its ETags are of another kind.
                habit.Missed();
            }
            else if (!habit.IsDenied && _plan.Range(number).Length <= _copy.Budget.Large.Capacity)
            {
                // Its ETag proves nothing, so it has to be told the MD5 beforehand.
                _holdsParts = true;
                throw Wrong();
            }
        }

        md5.CopyTo(_md5s, (number - 1) * ETags.Md5Bytes);
        if (_countsCrc)
        {
            _crcs[number - 1] = crc;
        }

        _parts[number - 1] = part with { Number = number, Size = _plan.Range(number).Length };
    }

    private static RequestFaultException Wrong()
        => new(CopySide.Target, "PUT of a part", StoreFault.BadDigest, "the ETag of the part is not the MD5 of what was sent");
}
