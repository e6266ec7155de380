namespace Longhaul.Tests.EndToEnd;

/// <summary>Tests that start programs run one after the other within each of these: two cores are soon full.</summary>
[CollectionDefinition("processes", DisableParallelization = false)]
public sealed class ProcessTests;

/// <summary>Those that talk to one server, or to one after the other.</summary>
[CollectionDefinition("servers", DisableParallelization = false)]
public sealed class ServerTests;

/// <summary>Those that build and run services of others.</summary>
[CollectionDefinition("services", DisableParallelization = false)]
public sealed class ServiceTests;
