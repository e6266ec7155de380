using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Longhaul.Hosting;
using Spectre.Console;

namespace Longhaul.Cli;

/// <summary><c>longhaul demo</c>: a server, a real bulk operation through its public API, and the lines to ask again.</summary>
internal static class DemoCommand
{
    private const string Account = "demo";

    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "End after the operation instead of serving on." };
        var urls = new Option<string>("--urls") { Description = "Address to listen on. Port 0 picks one.", DefaultValueFactory = _ => "http://127.0.0.1:0" };
        var data = new Option<string?>("--data") { Description = "Data folder. Defaults to a temporary one, removed at the end." };
        var command = new Command("demo", "Starts a server, replaces a list with some thousand addresses, and shows how that goes.") { once, urls, data };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetValue(urls)!, result.GetValue(data), result.GetValue(once), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string urls, string? data, bool isOnce, CancellationToken cancellationToken)
    {
        var folder = data ?? Directory.CreateTempSubdirectory("longhaul-demo-").FullName;
        try
        {
            using var signals = new StopSignals();
            await using var server = await LonghaulServer.StartAsync(new ServeSettings(urls, folder, null), cancellationToken);
            await Terminal.Output.WriteLineAsync(server.Address);
            var isDone = await ShowAsync(server, cancellationToken);
            if (isOnce)
            {
                await server.StopAsync();
                return isDone ? 0 : 1;
            }

            await Terminal.Output.WriteLineAsync("\nServing until Ctrl-C.");
            await server.WaitForStopAsync(CancellationToken.None);
            return isDone ? 0 : 1;
        }
        finally
        {
            if (data is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task<bool> ShowAsync(LonghaulServer server, CancellationToken cancellationToken)
    {
        using var api = new DemoApi(server.Address, server.Secrets.Token, Account);
        var items = DemoApi.ReadSample();
        var listId = await api.CreateListAsync($"edge_blocklist_{RandomNumberGenerator.GetHexString(8, lowercase: true)}", cancellationToken);
        await Terminal.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Replacing the items of list {listId} with {items.Count} addresses …"));
        var operationId = await api.ReplaceAsync(listId, items, cancellationToken);
        await Terminal.Output.WriteLineAsync($"Accepted as operation {operationId}: from here on it survives kill -9.");
        var end = Terminal.IsInteractive
            ? await WatchLiveAsync(api, operationId, cancellationToken)
            : await WatchPlainAsync(api, operationId, cancellationToken);
        await Terminal.Output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{end.State}: {end.Succeeded} items in {end.Milliseconds} ms {end.Response}{end.Error}"));
        foreach (var line in await api.ReadItemsAsync(listId, 3, cancellationToken))
        {
            await Terminal.Output.WriteLineAsync("  " + line);
        }

        await WriteCurlAsync(server, listId, operationId);
        return end.State == "completed";
    }

    private static async Task<DemoOperation> WatchLiveAsync(DemoApi api, string operationId, CancellationToken cancellationToken)
    {
        DemoOperation? last = null;
        await AnsiConsole.Progress().StartAsync(async progress =>
        {
            var task = progress.AddTask("items written");
            do
            {
                last = await api.WatchAsync(operationId, last?.Version, cancellationToken);
                task.Value = last.Percent;
                task.Description = last.State;
            }
            while (!last.IsDone);
        });
        return last!;
    }

    private static async Task<DemoOperation> WatchPlainAsync(DemoApi api, string operationId, CancellationToken cancellationToken)
    {
        DemoOperation operation;
        do
        {
            operation = await api.WatchAsync(operationId, null, cancellationToken);
        }
        while (!operation.IsDone);
        return operation;
    }

    private static async Task WriteCurlAsync(LonghaulServer server, string listId, string operationId)
    {
        var token = server.Secrets.TokenPath is { } path ? $"$(cat {path})" : "$LONGHAUL_TOKEN";
        var lists = $"{server.Address}/client/v4/accounts/{Account}/rules/lists";
        await Terminal.Output.WriteLineAsync(
            $"""

            Ask again:
              curl -H "Authorization: Bearer {token}" {server.Address}/v1/operations/{operationId}
              curl -H "Authorization: Bearer {token}" {lists}/{listId}
              curl -H "Authorization: Bearer {token}" "{lists}/{listId}/items?per_page=5&search=45."
              curl -H "Authorization: Bearer {token}" {lists}/bulk_operations/{operationId}
            """);
    }
}
