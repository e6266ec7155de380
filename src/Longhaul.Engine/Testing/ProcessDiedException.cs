namespace Longhaul.Engine.Testing;

/// <summary>Ends what a process that counts as dead has under way; nothing of it reaches the database any more.</summary>
internal sealed class ProcessDiedException() : Exception("this process counts as dead");
