namespace Longhaul.Tests.Support;

/// <summary>OpenStack Swift with its S3 face, one for the test run.</summary>
public static class SwiftS3
{
    public const string KeyId = "test:key";
    public const string Secret = "testsecret123";

    private static readonly Lazy<RealServer> Shared =
        new(() => new("swift", "/usr/bin/swift-proxy-server", "swift-proxy swift-account swift-container swift-object memcached", ports: 5));

    public static Uri Address => Shared.Value.Address;

    public static PlainS3 Client() => new(Address, KeyId, Secret);
}
