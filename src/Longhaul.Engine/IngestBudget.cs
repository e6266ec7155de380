namespace Longhaul.Engine;

/// <summary>
/// The bytes of request bodies that this process may hold while it reads, checks and sorts them. Safe for concurrent use.
/// </summary>
public sealed class IngestBudget
{
    private readonly long _limit;
    private long _used;

    /// <summary>Makes a budget of <see cref="EngineOptions.MaxIngestBytes"/>.</summary>
    public IngestBudget(EngineOptions options) => _limit = options.MaxIngestBytes;

    /// <summary>Starts a share of nothing; it grows with the body and is given back when disposed.</summary>
    public Share Open() => new(this);

    /// <summary>What one body holds of the budget. Used by one request.</summary>
    public sealed class Share : IDisposable
    {
        private readonly IngestBudget _budget;
        private long _held;

        internal Share(IngestBudget budget) => _budget = budget;

        /// <summary>Makes the share at least so large; false when the budget does not hold that now.</summary>
        public bool TryGrowTo(long bytes)
        {
            var more = bytes - _held;
            if (more <= 0)
            {
                return true;
            }

            if (Interlocked.Add(ref _budget._used, more) > _budget._limit)
            {
                Interlocked.Add(ref _budget._used, -more);
                return false;
            }

            _held = bytes;
            return true;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Interlocked.Add(ref _budget._used, -_held);
            _held = 0;
        }
    }
}
