namespace Longhaul.Tests.EndToEnd;

/// <summary>Tests that start the program run one after the other: two cores are soon full.</summary>
[CollectionDefinition("processes", DisableParallelization = false)]
public sealed class ProcessTests;
