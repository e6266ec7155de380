namespace Longhaul.Slurper.Bodies;

/// <summary>Collects what is wrong with a body, up to a bound, and counts the rest. Nothing that is added may quote a secret.</summary>
internal sealed class JobFaults(List<JobFault> reported)
{
    private const int MaxReported = 100;

    private readonly int _first = reported.Count;
    private int _more;

    public bool IsEmpty => reported.Count == _first;

    public void Invalid(string pointer, string explanation) =>
        Add(new JobFault(FaultCodes.InvalidMember, $"invalid {(pointer.Length == 0 ? "body" : pointer)}: {explanation}", pointer));

    public void EndpointNotAllowed(string pointer, string host, string why) =>
        Add(new JobFault(FaultCodes.EndpointNotAllowed, $"endpoint not allowed: {host}; add it to Slurper:AllowedEndpoints ({why})", pointer));

    /// <summary>The text is no JSON: what was found in it before stands on sand and is left out.</summary>
    public void InvalidJson(string pointer, string explanation)
    {
        reported.RemoveRange(_first, reported.Count - _first);
        _more = 0;
        reported.Add(new JobFault(FaultCodes.InvalidJson, $"invalid JSON: {explanation}", pointer));
    }

    /// <summary>Says how many were only counted.</summary>
    public void End()
    {
        if (_more > 0)
        {
            reported.Add(new JobFault(FaultCodes.InvalidMember, $"{_more} more faults are not shown; mend these first and send again", null));
        }
    }

    private void Add(JobFault fault)
    {
        if (reported.Count - _first < MaxReported)
        {
            reported.Add(fault);
        }
        else
        {
            _more++;
        }
    }
}
