namespace Longhaul.Engine.Storage;

/// <summary>
/// The database cannot take or answer a request just now: the disk is full, the server is gone, the database is read-only.
/// Nothing of the failed transaction was kept; trying again later is right.
/// </summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    public StoreUnavailableException()
    {
    }

    /// <summary>Makes the exception from a sentence.</summary>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception from a sentence and the database's own.</summary>
    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The program must not start on this database; the message is a sentence for the person who starts it.</summary>
public sealed class StoreRefusedException : Exception
{
    /// <summary>Makes the exception.</summary>
    public StoreRefusedException()
    {
    }

    /// <summary>Makes the exception from a sentence.</summary>
    public StoreRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception from a sentence and the database's own.</summary>
    public StoreRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
