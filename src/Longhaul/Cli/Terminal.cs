namespace Longhaul.Cli;

/// <summary>The one place that knows the console.</summary>
internal static class Terminal
{
    public static TextWriter Output => Console.Out;

    public static TextWriter Error => Console.Error;

    /// <summary>True when a person looks at the output.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected;
}
