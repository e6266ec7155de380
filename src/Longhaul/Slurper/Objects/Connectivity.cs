using System.Security.Cryptography;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// Tries whether a source can be read and a target written, before a job is accepted. Ten seconds in all; a credential that is refused is
/// tried up to twice more, since fresh ones take seconds to spread. Answers with the reason of a failure, in ASCII and without anything
/// secret, or null. Nothing stays behind in a target.
/// </summary>
internal sealed class Connectivity(TimeProvider timeProvider)
{
    /// <summary>Longest reason, in characters.</summary>
    public const int MaxReasonLength = 256;

    private const string ReservedPrefix = ".longhaul-check/";
    private const int MaxTries = 3;

    // Together the ten seconds of the contract.
    private static readonly TimeSpan CheckTime = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan CleanUpTime = TimeSpan.FromSeconds(2);

    // The probe of a target runs at the start of a job, when nobody waits for an answer.
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(30);
    private static readonly ObjectBody Nothing = new(0, ReadOnlyMemory<byte>.Empty, null, null);

    /// <summary>
    /// Lists one key and reads the first byte of it; with explicit keys only the latter, of the first one. Where a vendor asks for the right to
    /// read the bucket itself, that is tried too.
    /// </summary>
    public Task<string?> CheckSourceAsync(IObjectStore source, string? prefix, IReadOnlyList<string>? keys, CancellationToken cancellationToken) =>
        CheckAsync(async token =>
        {
            var key = keys is null ? await FindKeyAsync(source, prefix ?? "", token) : keys.Count > 0 ? keys[0] : null;
            if (key is not null)
            {
                await ReadFirstByteAsync(source, key, token);
            }

            if (source is IBucketReader bucket)
            {
                await bucket.ReadBucketAsync(token);
            }
        }, cancellationToken);

    /// <summary>Begins an upload on a reserved key and aborts it; where the store has no uploads, puts and deletes that key.</summary>
    public Task<string?> CheckTargetAsync(IObjectTarget target, CancellationToken cancellationToken) =>
        CheckAsync(token => TryToWriteAsync(target, token), cancellationToken);

    /// <summary>
    /// Whether the target honours <c>If-None-Match: *</c>: puts a reserved key twice; the second must give 412. Throws
    /// <see cref="StoreException"/> where the first one fails. The key is deleted whatever happens.
    /// </summary>
    public async Task<bool> ProbeConditionalCreateAsync(IObjectTarget target, CancellationToken cancellationToken)
    {
        var key = NewKey();
        using var box = Box(ProbeTime, cancellationToken);
        try
        {
            var request = new PutRequest(Nothing, ObjectHeaders.None, OnlyIfAbsent: true);
            try
            {
                await target.PutAsync(key, request, box.Token);
            }
            catch (StoreException e) when (e.Fault is StoreFault.NotImplemented or StoreFault.Permanent)
            {
                // The store refuses to know the header.
                return false;
            }

            try
            {
                await target.PutAsync(key, request, box.Token);
                return false;
            }
            catch (StoreException e) when (e.Fault == StoreFault.PreconditionFailed)
            {
                return true;
            }
            catch (StoreException e) when (e.Fault is StoreFault.NotImplemented or StoreFault.Permanent)
            {
                return false;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreException(StoreFault.Passing, null, null, "the store did not answer in time");
        }
        finally
        {
            await CleanUpAsync(token => target.DeleteAsync(key, token), ProbeTime);
        }
    }

    private static async Task<string?> FindKeyAsync(IObjectStore source, string prefix, CancellationToken cancellationToken)
    {
        var page = await source.ListAsync(new ListRequest(prefix, MaxKeys: 1), cancellationToken);
        if (page.Objects.Count == 0 && prefix is ['/', ..])
        {
            // As the job itself will do.
            page = await source.ListAsync(new ListRequest(prefix[1..], MaxKeys: 1), cancellationToken);
        }

        return page.Objects.Count > 0 ? page.Objects[0].Key : null;
    }

    private static async Task ReadFirstByteAsync(IObjectStore source, string key, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await source.ReadAsync(key, new ReadRequest(new ByteRange(0, 0)), cancellationToken);
        }
        catch (StoreException e) when (e.Fault is StoreFault.RangeNotSatisfiable or StoreFault.Archived)
        {
            // Empty, or archived: the store has looked at the credential all the same.
        }
        catch (StoreException e) when (e.Fault == StoreFault.NoSuchKey)
        {
            // An explicit key that is missing will be counted as failed; a listed one has just been deleted.
        }
    }

    private async Task TryToWriteAsync(IObjectTarget target, CancellationToken cancellationToken)
    {
        var key = NewKey();
        string uploadId;
        try
        {
            uploadId = await target.BeginUploadAsync(key, ObjectHeaders.None, cancellationToken);
        }
        catch (StoreException e) when (e.Fault == StoreFault.NotImplemented)
        {
            await PutAndDeleteAsync(target, key, cancellationToken);
            return;
        }
        catch (Exception e) when (e is OperationCanceledException or StoreException { IsPassing: true })
        {
            // The store may have begun it all the same.
            await CleanUpAsync(token => AbortAllAsync(target, key, token), CleanUpTime);
            throw;
        }

        try
        {
            await target.AbortUploadAsync(key, uploadId, cancellationToken);
        }
        catch
        {
            await CleanUpAsync(token => target.AbortUploadAsync(key, uploadId, token), CleanUpTime);
            throw;
        }
    }

    private async Task PutAndDeleteAsync(IObjectTarget target, string key, CancellationToken cancellationToken)
    {
        try
        {
            await target.PutAsync(key, new PutRequest(Nothing, ObjectHeaders.None, OnlyIfAbsent: false), cancellationToken);
            await target.DeleteAsync(key, cancellationToken);
        }
        catch
        {
            await CleanUpAsync(token => target.DeleteAsync(key, token), CleanUpTime);
            throw;
        }
    }

    private static async Task AbortAllAsync(IObjectTarget target, string key, CancellationToken cancellationToken)
    {
        foreach (var upload in await target.ListUploadsAsync(key, cancellationToken))
        {
            await target.AbortUploadAsync(key, upload.UploadId, cancellationToken);
        }
    }

    // With a time of its own, since the caller's may be over; what fails here has failed before, or is a crumb on a reserved key.
    private async Task CleanUpAsync(Func<CancellationToken, Task> cleanUp, TimeSpan time)
    {
        using var box = Box(time, CancellationToken.None);
        try
        {
            await cleanUp(box.Token);
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
        }
    }

    private async Task<string?> CheckAsync(Func<CancellationToken, Task> check, CancellationToken cancellationToken)
    {
        StoreException? last = null;
        using var box = Box(CheckTime, cancellationToken);
        try
        {
            for (var tries = 1; ; tries++)
            {
                try
                {
                    await check(box.Token);
                    return null;
                }
                catch (StoreException e)
                {
                    last = e;
                    if (tries == MaxTries || !(e.Status is 401 or 403 || e.Fault is StoreFault.Unauthenticated or StoreFault.AccessDenied))
                    {
                        return ReasonOf(e.Message);
                    }
                }

                await Task.Delay(TimeSpan.FromSeconds(tries), timeProvider, box.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return last is null ? "no answer within 8 s" : ReasonOf(last.Message);
        }
    }

    private TimeBox Box(TimeSpan time, CancellationToken cancellationToken) => new(time, timeProvider, cancellationToken);

    private static string NewKey() => ReservedPrefix + RandomNumberGenerator.GetHexString(32, lowercase: true);

    private static string ReasonOf(string message)
    {
        var cut = message.Length > MaxReasonLength ? message[..MaxReasonLength] : message;
        return string.Concat(cut.Select(c => c is >= ' ' and <= '~' ? c : '?'));
    }

    // Ends with the caller's token, and by itself, by the injected clock.
    private sealed class TimeBox : IDisposable
    {
        private readonly CancellationTokenSource _timer;
        private readonly CancellationTokenSource _either;

        public TimeBox(TimeSpan time, TimeProvider timeProvider, CancellationToken outer)
        {
            _timer = new CancellationTokenSource(time, timeProvider);
            _either = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, outer);
        }

        public CancellationToken Token => _either.Token;

        public void Dispose()
        {
            _either.Dispose();
            _timer.Dispose();
        }
    }
}
