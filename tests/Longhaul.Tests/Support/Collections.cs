namespace Longhaul.Tests.Support;

/// <summary>Tests that start programs run one after the other within each of these: two cores are soon full.</summary>
[CollectionDefinition("processes")]
public sealed class ProgramTests;

/// <summary>Those of the faces, which start a server with settings of its own.</summary>
[CollectionDefinition("servers")]
public sealed class FaceServerTests;

/// <summary>Those that build and run somebody's own service.</summary>
[CollectionDefinition("services")]
public sealed class SomebodysServiceTests;
