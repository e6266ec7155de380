using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>Objects that go over by one GET and one PUT: small ones through a buffer, larger ones as a stream.</summary>
internal sealed partial class ObjectCopy
{
    /// <summary>What a stream is taken to hold on its way, in the client of each side.</summary>
    public const int StreamBytes = 512 << 10;

    // A longer wait gives the buffer back, so that a store that is down does not hold up the others.
    private static readonly TimeSpan LongestWaitWithBuffer = TimeSpan.FromSeconds(1);

    private async Task<CopyOutcome> CopyWholeAsync()
    {
        var isSmall = Item.Size <= Job.Options.SmallBytes;
        if (!Job.Overwrite && (!Job.HasConditionalCreate || !isSmall) && await StandingAsync(Item.Size, Item.ETag) is { } standing)
        {
            return standing;
        }

        // An object of unknown size gets its buffer when its headers are there.
        var lease = Item.Size < 0 ? null
            : isSmall ? await Budget.Small.RentAsync((int)Item.Size, StopBefore(), Tokens.Ending)
            : await Budget.Large.ReserveAsync(StreamBytes, StopBefore(), Tokens.Ending);
        try
        {
            await using var read = await OpenAsync(Whole, Tokens.Ending);
            var facts = read.Content.Facts;
            if (Refusal(facts) is { } refusal)
            {
                return refusal;
            }

            var length = read.Content.Length;
            if (!NeedsParts(length, facts.ETag))
            {
                await DiscardRecordedAsync();
                if (length > Job.Options.SmallBytes)
                {
                    if (lease is null || isSmall)
                    {
                        // Nobody waits for memory while keeping others from reading: they may be those who have it.
                        read.Leave(isClean: true);
                        lease?.Dispose();
                        lease = await Budget.Large.ReserveAsync(StreamBytes, default, Tokens.Ending);
                    }

                    return await CopyStreamedAsync(read, facts, length);
                }

                if (lease is null || lease.Buffer.Length < length)
                {
                    read.Leave(isClean: true);
                    lease?.Dispose();
                    lease = await Budget.Small.RentAsync((int)length, default, Tokens.Ending);
                }

                var bytes = lease.Buffer.AsMemory(0, (int)length);
                await FillAsync(read, bytes, Tokens.Ending);
                return await WriteSmallAsync(facts, bytes);
            }

            lease?.Dispose();
            await read.DisposeAsync();
            return await CopyInPartsAsync(facts);
        }
        finally
        {
            lease?.Dispose();
        }
    }

    private CancellationToken StopBefore() => _isStarted ? default : Tokens.Stop;

    private async Task<CopyOutcome> WriteSmallAsync(ObjectFacts facts, ReadOnlyMemory<byte> bytes)
    {
        var md5 = ETags.Md5(bytes.Span);
        ulong? crc = SourceProof.IsPlainMd5(facts) || SourceProof.Crc(facts) is null ? null : Crc64Nvme.Append(0, bytes.Span);
        if (!Proof.AcceptsWhole(facts, md5, crc))
        {
            throw new RequestFaultException(CopySide.Source, "GET", StoreFault.Passing, SourceProof.Mismatch);
        }

        var request = new PutRequest(new ObjectBody(bytes.Length, bytes, Stream: null, md5), facts.Headers, IsConditional);
        while (true)
        {
            try
            {
                var written = await AskAsync(
                    CopySide.Target, Target.Writes, "PUT", Tokens.Ending, Tokens.Commit, token => Job.Target.PutAsync(Item.Key, request, token));
                var etag = await VerifyAsync(written, bytes.Length, md5, isMd5Sent: true);
                return Copied(bytes.Length, facts.ETag, etag);
            }
            catch (RequestFaultException fault) when (IsFound(fault))
            {
                return await FoundAsync(bytes.Length, ETags.Plain(md5));
            }
            catch (RequestFaultException fault) when (fault is { IsPassing: true, Side: CopySide.Target, Request: "PUT" })
            {
                _mayHaveLanded |= fault.Fault is StoreFault.Passing;
                var wait = WaitAfter(_failures + 1, fault.Cause.RetryAfter);
                if (wait > LongestWaitWithBuffer || _failures + 1 >= Job.Options.MaxTries)
                {
                    throw;
                }

                _failures++;
                await PauseAsync(wait, Tokens.Ending);
            }
        }
    }

    private async Task<CopyOutcome> CopyStreamedAsync(OpenRead read, ObjectFacts facts, long length)
    {
        var isLeftToTarget = !_isDigestDoubted && Proof.IsLikelyMd5(facts) && await ChecksMd5Async();
        var countsCrc = !SourceProof.IsPlainMd5(facts) && SourceProof.Crc(facts) is not null;
        await using var stream = new CheckedStream(
            read.Content.Body,
            length,
            hashes: !isLeftToTarget,
            countsCrc,
            (md5, crc) => Proof.AcceptsWhole(facts, md5, countsCrc ? crc : null),
            Tokens.Ending);
        var promise = isLeftToTarget ? Convert.FromHexString(facts.ETag!) : Proof.Promise(facts);
        var request = new PutRequest(new ObjectBody(length, default, stream, promise), facts.Headers, IsConditional);
        WrittenObject written;
        try
        {
            written = await AskStreamedAsync(stream, "PUT", Tokens.Commit, token => Job.Target.PutAsync(Item.Key, request, token));
        }
        catch (RequestFaultException fault) when (IsFound(fault))
        {
            return await FoundAsync(length, ETags.IsPlain(facts.ETag) ? facts.ETag : null);
        }
        catch (RequestFaultException fault)
        {
            if (isLeftToTarget && fault is { Fault: StoreFault.BadDigest, Side: CopySide.Target })
            {
                // It is hashed here the next time, to learn who is wrong.
                _isDigestDoubted = true;
                Proof.Doubted();
            }

            _mayHaveLanded |= fault is { Fault: StoreFault.Passing, Side: CopySide.Target };
            throw;
        }

        read.Leave(isClean: true);
        if (isLeftToTarget && stream.IsWhole)
        {
            Proof.Confirmed();
        }

        var md5 = isLeftToTarget && stream.IsWhole ? promise : stream.Md5;
        var etag = await VerifyAsync(written, length, md5, isMd5Sent: promise is not null);
        return Copied(length, facts.ETag, etag);
    }

    /// <summary>Writes what a stream brings; a fault of the stream is one of the source, whatever the target made of it.</summary>
#pragma warning disable CA1068 // What is asked reads best where it stands: last.
    public async Task<T> AskStreamedAsync<T>(CheckedStream stream, string request, CancellationToken asking, Func<CancellationToken, Task<T>> ask)
#pragma warning restore CA1068
    {
        try
        {
            return await AskAsync(CopySide.Target, Target.Writes, request, Tokens.Ending, asking, ask);
        }
        catch (Exception) when (stream.Fault is { } fault && !asking.IsCancellationRequested)
        {
            throw new RequestFaultException(CopySide.Source, "GET", fault);
        }
        catch (RequestFaultException) when (Tokens.Ending.IsCancellationRequested && !stream.IsWhole)
        {
            // The stream broke off because the copy was cut.
            throw new OperationCanceledException(Tokens.Ending);
        }
    }
}
