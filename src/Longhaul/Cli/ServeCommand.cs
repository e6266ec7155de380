using System.CommandLine;
using Longhaul.Hosting;

namespace Longhaul.Cli;

/// <summary><c>longhaul serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var urls = new Option<string>("--urls") { Description = "Addresses to listen on, separated by ';'. Port 0 picks one.", DefaultValueFactory = _ => ServeSettings.DefaultUrls };
        var data = new Option<string?>("--data") { Description = $"Data folder. Defaults to {ServeSettings.DefaultData} unless --database is given." };
        var database = new Option<string?>("--database") { Description = "PostgreSQL connection string; without it SQLite in the data folder." };
        var command = new Command("serve", "Starts the server. It prints the addresses it listens on, one a line, when it is ready.") { urls, data, database };
        command.SetAction((result, cancellationToken) => RunAsync(
            new ServeSettings(result.GetValue(urls)!, result.GetValue(data), result.GetValue(database)), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ServeSettings settings, CancellationToken cancellationToken)
    {
        using var signals = new StopSignals();
        await using var server = await LonghaulServer.StartAsync(settings, cancellationToken);
        foreach (var address in server.Addresses)
        {
            await Terminal.Output.WriteLineAsync(address);
        }

        await Terminal.Output.FlushAsync(cancellationToken);
        if (server.Secrets.TokenPath is { } path)
        {
            await Terminal.Error.WriteLineAsync($"The root token is in {path}");
        }

        await server.WaitForStopAsync(CancellationToken.None);
        return 0;
    }
}
