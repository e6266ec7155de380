using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Testing;

/// <summary>One operation and the world around it, made anew for every run of a <see cref="CrashTest"/>.</summary>
public sealed class CrashScenario
{
    /// <summary>
    /// Makes the kind. Called for each process of a run, the one that dies and the one that takes over: what the kind keeps in memory dies
    /// with the first. What shall outlive it, such as a stand-in for a remote service, belongs to the scenario.
    /// </summary>
    public required Func<Database, OperationKind> Kind { get; init; }

    /// <summary>Tables of the kind's own, as <see cref="KindServices.AddTables"/> gets them.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>JSON array, the <c>items</c> of the submit; empty for none.</summary>
    public string Items { get; init; } = "";

    /// <summary>JSON object, the <c>params</c> of the submit; empty for none.</summary>
    public string Parameters { get; init; } = "";

    /// <summary>Makes the submission of a kind that cannot be submitted by the operations API; null to go by <see cref="OperationKind.CheckAsync"/>.</summary>
    public Func<OperationKind, Submission>? Submit { get; init; }

    /// <summary>Looks at the end of a run and throws when something is not as it must be, by whatever assertions the test likes.</summary>
    public required Func<CrashEnd, Task> Check { get; init; }
}
