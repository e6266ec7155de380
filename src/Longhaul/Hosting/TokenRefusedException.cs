namespace Longhaul.Hosting;

/// <summary>A command about tokens cannot be done; the message is a sentence for the person who gave it and says what to do.</summary>
internal sealed class TokenRefusedException(string message) : Exception(message);
