using System.CommandLine;
using Longhaul.Cli;
using Longhaul.Hosting;

var root = new RootCommand("Longhaul: bulk jobs that survive. Exit status: 0 done, 1 refused or failed, 130 stopped at once.")
{
    ServeCommand.Create(),
    DemoCommand.Create(),
    TokenCommand.Create(),
};

try
{
    // The host handles the signals: System.CommandLine must not end the process under it.
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
}
catch (Exception refused) when (refused is StartRefusedException or TokenRefusedException)
{
    await Terminal.Error.WriteLineAsync(refused.Message);
    return 1;
}
