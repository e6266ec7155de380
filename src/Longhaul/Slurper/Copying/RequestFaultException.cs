using System.Globalization;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>Which of the two stores.</summary>
internal enum CopySide
{
    Source,
    Target,
}

/// <summary>What a store said, and to which request of which side.</summary>
internal sealed class RequestFaultException : Exception
{
    private const int LongestText = 400;

    public RequestFaultException(CopySide side, string request, StoreException cause)
        : base(cause.Message, cause)
    {
        Side = side;
        Request = request;
        Cause = cause;
    }

    /// <summary>A fault that was found by looking at an answer, not given by the store.</summary>
    public RequestFaultException(CopySide side, string request, StoreFault fault, string message)
        : this(side, request, new StoreException(fault, status: null, code: null, message))
    {
    }

    public CopySide Side { get; }

    public string Request { get; }

    public StoreException Cause { get; }

    /// <summary>True when what failed has had all its tries already.</summary>
    public bool IsExhausted { get; init; }

    public StoreFault Fault => Cause.Fault;

    public bool IsPassing => Cause.IsPassing;

    /// <summary>The fault in a sentence, as logs and records show it.</summary>
    public string Describe(int attempts)
    {
        var status = Cause.Status is { } number ? string.Create(CultureInfo.InvariantCulture, $"HTTP {number}") : "no answer";
        var said = Cause.Code is { } code ? $"{status} {code}" : Cause.Status is null ? null : status;
        var where = Side is CopySide.Source ? "the source" : "the target";
        var text = said is null ? $"{Request} at {where}: {Cause.Message}" : $"{Request} at {where}: {said}: {Cause.Message}";
        text = text.Length <= LongestText ? text : text[..LongestText] + "…";
        return string.Create(CultureInfo.InvariantCulture, $"{text} ({attempts} {(attempts == 1 ? "attempt" : "attempts")})");
    }
}
