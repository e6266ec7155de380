using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>
/// Gives uploads up. These requests pass by the limiter: they are few, and a cut has no time to wait for a store that asked for patience.
/// </summary>
internal static class UploadCleaning
{
    private const int Tries = 4;

    /// <summary>Aborts an upload and looks whether it is gone: a part that was under way may have outlived it. Throws what the store said last.</summary>
    public static async Task AbortAsync(IObjectTarget target, string key, string uploadId, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await target.AbortUploadAsync(key, uploadId, cancellationToken);
                if (tries >= Tries || await target.ListPartsAsync(key, uploadId, cancellationToken) is null)
                {
                    return;
                }
            }
            catch (StoreException fault) when (fault.Fault is StoreFault.NoSuchUpload)
            {
                return;
            }
            catch (StoreException fault) when (fault.IsPassing && tries < Tries)
            {
                // At once: there are few tries, and whoever waits for a cut has no time.
            }
        }
    }

    /// <summary>
    /// Aborts the uploads of a key that began at or after an instant: those that were begun without their ids becoming known. Stores tell
    /// time in whole seconds. A store that cannot list uploads keeps them until its own rules remove them.
    /// </summary>
    public static async Task SweepAsync(IObjectTarget target, string key, DateTimeOffset since, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                foreach (var upload in await target.ListUploadsAsync(key, cancellationToken))
                {
                    if (upload.BegunAt >= WholeSecond(since))
                    {
                        await AbortAsync(target, key, upload.UploadId, cancellationToken);
                    }
                }

                return;
            }
            catch (StoreException fault) when (fault.Fault is StoreFault.NotImplemented)
            {
                return;
            }
            catch (StoreException fault) when (fault.IsPassing && tries < Tries)
            {
                // As above.
            }
        }
    }

    /// <summary>The second that an instant lies in, as stores tell time.</summary>
    public static DateTimeOffset WholeSecond(DateTimeOffset instant) => new(instant.Ticks - (instant.Ticks % TimeSpan.TicksPerSecond), instant.Offset);
}
