using Longhaul.Tests.Support;

[assembly: AssemblyFixture(typeof(ServersOfTheRun))]

namespace Longhaul.Tests.Support;

/// <summary>
/// Ends the servers that tests share when the last test has ended. The end of the process would be too late: the runner allows it ten
/// seconds, and then calls the whole run failed.
/// </summary>
public sealed class ServersOfTheRun : IDisposable
{
    private static readonly Lock Gate = new();
    private static readonly List<IDisposable> Servers = [];

    // A run that is cut short still leaves nothing behind.
    static ServersOfTheRun() => AppDomain.CurrentDomain.ProcessExit += (_, _) => EndAll();

    public static void Add(IDisposable server)
    {
        lock (Gate)
        {
            Servers.Add(server);
        }
    }

    public void Dispose() => EndAll();

    private static void EndAll()
    {
        IDisposable[] servers;
        lock (Gate)
        {
            servers = [.. Servers];
            Servers.Clear();
        }

        Parallel.ForEach(servers, server => server.Dispose());
    }
}
