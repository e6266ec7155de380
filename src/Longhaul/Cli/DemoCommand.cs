using System.CommandLine;

namespace Longhaul.Cli;

/// <summary><c>longhaul demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "End after the operation instead of serving on." };
        var urls = new Option<string>("--urls") { Description = "Address to listen on.", DefaultValueFactory = _ => "http://127.0.0.1:0" };
        var data = new Option<string?>("--data") { Description = "Data folder. Defaults to a temporary one, removed at the end." };
        var command = new Command("demo", "Starts a server, replaces a list with some thousand addresses, and shows how that goes.") { once, urls, data };
        command.SetAction((result, cancellationToken) => Task.FromResult(0));
        return command;
    }
}
