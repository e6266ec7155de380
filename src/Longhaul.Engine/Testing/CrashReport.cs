namespace Longhaul.Engine.Testing;

/// <summary>What a <see cref="CrashTest"/> has done.</summary>
/// <param name="Points">Where the process died, in words, one for each run after the undisturbed one.</param>
/// <param name="EscapedCalls">
/// Calls of the undisturbed run that ended on a thread of somebody else: their last await said <c>ConfigureAwait(false)</c>, or they
/// handed on somebody else's task. An await that resumes there is no point. Leave <c>ConfigureAwait(false)</c> out of a kind: there is
/// nothing in the engine for it to avoid. Where it stands deeper inside a call, nothing tells.
/// </param>
public sealed record CrashReport(IReadOnlyList<string> Points, IReadOnlyList<string> EscapedCalls);
