using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>Copies that one store makes by itself, because both sides are the same store under the same credential.</summary>
internal sealed partial class ObjectCopy
{
    /// <summary>Null when the store cannot, so that the bytes have to come through here.</summary>
    private async Task<CopyOutcome?> CopyAtStoreAsync(string bucket, ObjectFacts facts)
    {
        if (facts.Size > Job.Options.MaxSinglePutBytes)
        {
            return Target.LacksPartCopy ? null : await new PartedCopy(this, facts, bucket).RunAsync();
        }

        await DiscardRecordedAsync();

        // Stores are known to ignore the condition on a copy.
        if (!Job.Overwrite && await StandingAsync(facts.Size, facts.ETag) is { } standing)
        {
            return standing;
        }

        try
        {
            var request = new CopyRequest(bucket, Item.Key, facts.ETag!, facts.Headers, IsConditional);
            var written = await AskAsync(
                CopySide.Target, Target.Writes, "copy", Tokens.Ending, Tokens.Commit, token => Job.Target.CopyAsync(Item.Key, request, token));
            return await VerifyCopyAsync(facts, written);
        }
        catch (RequestFaultException fault) when (fault.Request == "copy")
        {
            return await CopyRefusedAsync(facts, fault);
        }
    }

    private async Task<CopyOutcome?> CopyRefusedAsync(ObjectFacts facts, RequestFaultException fault)
    {
        switch (fault.Fault)
        {
            case StoreFault.NotImplemented:
                Target.LacksCopy = true;
                return null;

            case StoreFault.Permanent or StoreFault.AccessDenied:
                // Too large for it, or encrypted, or in another region: the bytes may still come through here.
                _streamsOnly = true;
                return null;

            case StoreFault.PreconditionFailed:
                // Either condition: the source's ETag, or that nothing is at the target.
                if (!ETags.AreEqual((await HeadSourceAsync()).ETag, facts.ETag))
                {
                    throw Changed();
                }

                if (IsConditional)
                {
                    return await FoundAsync(facts.Size, facts.ETag);
                }

                _streamsOnly = true;
                return null;

            case StoreFault.NoSuchKey:
                throw Changed();

            default:
                _mayHaveLanded |= fault.Fault is StoreFault.Passing;
                throw fault;
        }
    }

    private async Task<CopyOutcome> VerifyCopyAsync(ObjectFacts facts, WrittenObject written)
    {
        _mayHaveLanded = true;
        _suspect = (written.ETag, facts.Size);
        if (await HeadTargetAsync() is not { } head)
        {
            throw new RequestFaultException(CopySide.Target, "HEAD", StoreFault.Passing, "what was copied is not there");
        }

        var isComparable = SourceProof.IsPlainMd5(facts) && SourceProof.IsPlainMd5(head) && !Target.Plain.IsDenied;
        if (head.Size == facts.Size && (!isComparable || ETags.AreEqual(head.ETag, facts.ETag)))
        {
            _suspect = null;
            return Copied(facts.Size, facts.ETag, head.ETag ?? written.ETag);
        }

        // By the bytes themselves next time, which can be told from others.
        _streamsOnly = true;
        await DeleteWrongAsync(written.ETag ?? head.ETag, facts.Size);
        throw WrongThere();
    }

    /// <summary>The fault of a source whose object was replaced in the middle.</summary>
    public static RequestFaultException Changed()
        => new(CopySide.Source, "GET", StoreFault.PreconditionFailed, "it was replaced while it was being copied");
}
