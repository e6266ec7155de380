namespace Longhaul.Engine.Testing;

/// <summary>What a <see cref="CrashTest"/> has done.</summary>
/// <param name="Points">Where the process died, in words, one for each run after the undisturbed one.</param>
/// <param name="EscapedCalls">
/// Calls of the kind in the undisturbed run that ended on a thread of somebody else, because an await in them said
/// <c>ConfigureAwait(false)</c> or because they handed on somebody else's task. An await that resumes there is no point: in the first case
/// leave <c>ConfigureAwait(false)</c> out, there is nothing in the engine for it to avoid.
/// </param>
public sealed record CrashReport(IReadOnlyList<string> Points, IReadOnlyList<string> EscapedCalls);
