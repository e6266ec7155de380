namespace Longhaul.Engine.Testing;

/// <summary>A kind did not stand a <see cref="CrashTest"/>; the message names the point.</summary>
public sealed class CrashTestException : Exception
{
    /// <summary>Makes the exception.</summary>
    public CrashTestException()
    {
    }

    /// <summary>Makes the exception from a sentence.</summary>
    public CrashTestException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception from a sentence and what the check threw.</summary>
    public CrashTestException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
