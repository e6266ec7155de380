namespace Longhaul.Hosting;

/// <summary>The server must not start; the message is a sentence for the person who starts it and says what to do.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
