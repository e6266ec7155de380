namespace Longhaul.Tests.Support;

/// <summary>The S3 gateway of a real Ceph, one for the test run.</summary>
public static class CephRgw
{
    public const string KeyId = "testkey";
    public const string Secret = "testsecret123";

    private static readonly Lazy<RealServer> Shared = new(() => new("ceph", "/usr/bin/radosgw", "ceph-mon ceph-osd radosgw ceph-common", ports: 2));

    public static Uri Address => Shared.Value.Address;

    public static PlainS3 Client() => new(Address, KeyId, Secret);
}
