using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Longhaul.Engine.Running;

/// <summary>
/// A few threads for work that fills a processor. They give way: where requests and this work want the same processor, the system runs
/// the requests first. More than half of the processors would only hold up the requests.
/// </summary>
/// <remarks>The queue is bounded by the workers of the node, which add to it.</remarks>
internal sealed partial class QuietThreads : IDisposable
{
    private const int Niceness = 10;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread[] _threads;

    public QuietThreads()
    {
        _threads = new Thread[Math.Max(1, Environment.ProcessorCount / 2)];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Loop) { IsBackground = true, Name = "longhaul bulk work" };
            _threads[i].Start();
        }
    }

    /// <summary>Lets the calling thread, which must be nobody else's, give way to the others of the process.</summary>
    public static void GiveWay()
    {
        if (OperatingSystem.IsLinux())
        {
            // On Linux it is the thread, not the process, that gets it. Where it is refused everything runs as before.
            _ = SetPriority(0, 0, Niceness);
        }
    }

    /// <summary>Runs something on one of the threads. Completes with its result.</summary>
    public Task<T> RunAsync<T>(Func<ValueTask<T>> work)
    {
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                source.SetResult(work().AsTask().GetAwaiter().GetResult());
            }
            catch (OperationCanceledException canceled)
            {
                source.SetCanceled(canceled.CancellationToken);
            }
            catch (Exception exception)
            {
                source.SetException(exception);
            }
        });
        return source.Task;
    }

    /// <summary>Lets what was added be done, then ends the threads.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _work.Dispose();
    }

    private void Loop()
    {
        GiveWay();
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
