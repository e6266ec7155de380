using System.Runtime.InteropServices;

namespace Longhaul.Cli;

/// <summary>
/// A first SIGTERM or Ctrl-C is the host's: it stops in order. A second one stops at once; what was in flight is taken up again at
/// the next start.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int StoppedAtOnce = 130;

    private readonly PosixSignalRegistration[] _registrations;
    private int _seen;

    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
    ];

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _seen) > 1)
        {
            Environment.Exit(StoppedAtOnce);
        }
    }
}
