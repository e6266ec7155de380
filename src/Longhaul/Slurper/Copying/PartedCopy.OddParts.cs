using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>Sources whose parts are not of one size although their number fits one.</summary>
internal sealed partial class PartedCopy
{
    /// <summary>
    /// After an ETag that does not fit: asks for the size of each part, the last one first, where it shows most often. Throws a passing fault when
    /// they are odd, after which the object is copied in parts of our own and the ETag proves nothing; else it was not for that.
    /// </summary>
    private async Task LookForOddPartsAsync()
    {
        var count = _sourcePartBytes > 0 && _copy.HasOddParts is null ? ETags.Parts(_facts.ETag) : 0;
        var even = new PartPlan(_facts.Size, Math.Max(1, _sourcePartBytes));
        for (var number = count; number > 1 && count > 2; number--)
        {
            var asked = number;
            var part = await _copy.AskAsync(
                CopySide.Source, _copy.Source.Reads, "HEAD ?partNumber", Ending, Ending, token => _job.Source.HeadAsync(_key, asked, token));
            if (part is null || !ETags.AreEqual(part.ETag, _facts.ETag))
            {
                // Another object stands there now.
                return;
            }

            if (part.Size != even.Range(number).Length)
            {
                _copy.HasOddParts = true;
                await _copy.DiscardUploadAsync();
                throw new RequestFaultException(CopySide.Source, "split", StoreFault.Passing, "its parts are not of one size");
            }
        }

        _copy.HasOddParts = false;
    }
}
