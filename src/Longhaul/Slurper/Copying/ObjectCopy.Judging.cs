using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>What a fault means for the object and for the job.</summary>
internal sealed partial class ObjectCopy
{
    /// <summary>Null when it is to be tried again, after the wait that is due.</summary>
    private async Task<CopyOutcome?> JudgeAsync(RequestFaultException fault)
    {
        if (JobFault(fault) is { } jobFault)
        {
            throw jobFault;
        }

        switch (fault.Fault)
        {
            case StoreFault.AccessDenied:
                switch (await AskBucketAsync(fault))
                {
                    case true:
                        return await FailAsync(fault, isRetriable: true);
                    case false:
                        throw new JobFaultException(fault.Describe(Attempts), fault);
                    case null:
                        return await TryAgainAsync(fault);
                }

            case StoreFault.Archived when fault.Side is CopySide.Source:
                await DiscardUploadAsync();
                return await ArchivedAsync();

            case StoreFault.PreconditionFailed or StoreFault.RangeNotSatisfiable when fault.Side is CopySide.Source:
                // Another object stands there now: what was sent of the old one is worth nothing.
                await DiscardUploadAsync();
                return await TryAgainAsync(fault);

            case StoreFault.NoSuchUpload:
                if (Upload is not null)
                {
                    await ForgetUploadAsync();
                }

                return await TryAgainAsync(fault);

            case StoreFault.Permanent when fault.Side is CopySide.Source && IsAboutCustomerKey(fault.Cause):
                return new CopyOutcome.Failed(CustomerKey, IsRetriable: false, Attempts);

            default:
                return fault.IsPassing ? await TryAgainAsync(fault) : await FailAsync(fault, isRetriable: false);
        }
    }

    private JobFaultException? JobFault(RequestFaultException fault)
        => fault.Fault is StoreFault.Unauthenticated or StoreFault.NoSuchBucket or StoreFault.AddressRefused
            ? new JobFaultException(fault.Describe(Attempts), fault)
            : null;

    private async Task<CopyOutcome?> TryAgainAsync(RequestFaultException fault)
    {
        if (fault.IsExhausted || _failures + 1 >= Job.Options.MaxTries)
        {
            return await FailAsync(fault, isRetriable: true);
        }

        _failures++;
        await PauseAsync(WaitAfter(_failures, fault.Cause.RetryAfter), Tokens.Ending);
        return null;
    }

    private async Task<CopyOutcome> FailAsync(RequestFaultException fault, bool isRetriable)
    {
        await DeleteSuspectAsync();
        await DiscardUploadAsync();
        var left = _isWrongLeft ? "; what stands at the target is wrong and could not be deleted" : "";
        return new CopyOutcome.Failed(fault.Describe(Attempts) + left, isRetriable, Attempts);
    }

    /// <summary>
    /// After a refusal: true when the bucket as such is open to us, so that it is only this object; false when all is refused; null when
    /// that could not be found out now.
    /// </summary>
    private async Task<bool?> AskBucketAsync(RequestFaultException fault)
    {
        try
        {
            if (fault.Side is CopySide.Source)
            {
                return await AskSourceAsync();
            }

            var uploadId = await Job.Target.BeginUploadAsync(ReservedKey, ObjectHeaders.None, Tokens.Commit);
            await UploadCleaning.AbortAsync(Job.Target, ReservedKey, uploadId, Tokens.Lost);
            return true;
        }
        catch (StoreException answer)
        {
            return answer.Fault switch
            {
                StoreFault.AccessDenied or StoreFault.Unauthenticated or StoreFault.NoSuchBucket or StoreFault.AddressRefused => false,
                _ => answer.IsPassing ? null : true,
            };
        }
    }

    private async Task<bool> AskSourceAsync()
    {
        if (Job.LastRead.Key is { } key)
        {
            try
            {
                // The same key may have become the refused one: then only the listing can tell.
                if (key != Item.Key && await Job.Source.HeadAsync(key, partNumber: null, Tokens.Ending) is not null)
                {
                    return true;
                }
            }
            catch (StoreException answer) when (answer.Fault is StoreFault.AccessDenied or StoreFault.NoSuchKey)
            {
                // That one has gone, or is refused as well.
            }
        }

        await Job.Source.ListAsync(new ListRequest("", MaxKeys: 1), Tokens.Ending);
        return true;
    }

    private async Task<CopyOutcome> ArchivedAsync()
    {
        var type = StorageClasses.SkippedRequiresRetrieval;
        var name = Item.StorageClass;
        try
        {
            if (await Job.Source.HeadAsync(Item.Key, partNumber: null, Tokens.Ending) is { } facts)
            {
                name = StorageClasses.Name(facts);
                type = facts.ArchiveStatus is null ? type : StorageClasses.SkippedStorageClass;
            }
        }
        catch (StoreException)
        {
            // It only gives the name of the class; the object is archived all the same.
        }

        return new CopyOutcome.Skipped(type, name ?? "archived");
    }

    // Without the key the store answers 400 to any request for such an object.
    private static bool IsAboutCustomerKey(StoreException fault)
        => fault.Status == 400 && fault.Message.Contains("encrypt", StringComparison.OrdinalIgnoreCase);
}
