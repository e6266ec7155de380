namespace Longhaul.Slurper.Copying;

/// <summary>The signals of one copy, joined as its requests need them.</summary>
internal sealed class CopyTokens : IDisposable
{
    /// <summary>
    /// How long a request that makes an object appear may go on after a cut. Its bytes are out; giving it up would leave unknown whether
    /// and when it takes effect, and something could be written after the copy has returned.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CopySignals _signals;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _ending;
    private readonly CancellationTokenSource _commit;
    private readonly CancellationTokenRegistration _cut;
    private ITimer? _patience;

    public CopyTokens(CopySignals signals, TimeProvider clock)
    {
        _signals = signals;
        _clock = clock;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(signals.Cut, signals.Lost);
        _commit = CancellationTokenSource.CreateLinkedTokenSource(signals.Lost);
        _cut = signals.Cut.UnsafeRegister(static state => ((CopyTokens)state!).BePatient(), this);
    }

    /// <summary>For waiting: nothing new is to be started.</summary>
    public CancellationToken Stop => _signals.Stop;

    /// <summary>For reading, and for writing what cannot be seen: cut or lost.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>For what makes an object appear: lost, or a while after the cut.</summary>
    public CancellationToken Commit => _commit.Token;

    /// <summary>For cleaning up.</summary>
    public CancellationToken Lost => _signals.Lost;

    public bool IsStopped => _signals.Stop.IsCancellationRequested;

    public bool IsCut => _signals.Cut.IsCancellationRequested;

    public bool IsLost => _signals.Lost.IsCancellationRequested;

    public void Dispose()
    {
        // Waits for a callback that is under way, so that nothing is made after this.
        _cut.Dispose();
        _patience?.Dispose();
        _ending.Dispose();
        _commit.Dispose();
    }

    private void BePatient()
        => _patience = _clock.CreateTimer(static state => ((CopyTokens)state!).GiveUp(), this, Patience, Timeout.InfiniteTimeSpan);

    private void GiveUp()
    {
        try
        {
            _commit.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The copy ended while its timer fired.
        }
    }
}
