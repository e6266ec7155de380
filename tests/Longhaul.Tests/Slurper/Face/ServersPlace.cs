using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>The program between real servers: Ceph's gateway, which plays R2 too, and OpenStack Swift.</summary>
public sealed class ServersPlace : ProgramPlace
{
    private const int Objects = 60;

    public PlainS3 Ceph { get; private set; } = null!;

    public PlainS3 Swift { get; private set; } = null!;

    public override string Source(string vendor = "s3") => InCeph("many");

    public override string Target(string vendor = "r2") => InSwift("many");

    public static string InCeph(string bucket, string more = "") => S3(bucket, CephRgw.Address, CephRgw.KeyId, CephRgw.Secret, more);

    /// <summary>It wants requests signed for its own region.</summary>
    public static string InSwift(string bucket, string more = "") => S3(bucket, SwiftS3.Address, SwiftS3.KeyId, SwiftS3.Secret, ",\"region\":\"us-east-1\"" + more);

    /// <summary>Ceph as vendor r2.</summary>
    public static string InR2(string bucket) =>
        $$""" "vendor":"r2","bucket":"{{bucket}}","secret":{"accessKeyId":"{{CephRgw.KeyId}}","secretAccessKey":"{{CephRgw.Secret}}"} """;

    public override Task<string> BringAsync(SlurperClient client, string state) =>
        state == "running" ? client.CreateAsync(SlurperClient.Job(Source(), Target())) : throw new NotSupportedException($"no job is brought to {state} here");

    public override async ValueTask InitializeAsync()
    {
        (Ceph, Swift) = (CephRgw.Client(), SwiftS3.Client());
        await Ceph.CreateBucketAsync("many");
        await Swift.CreateBucketAsync("many");
        await Task.WhenAll(Enumerable.Range(0, Objects).Select(i => Ceph.PutAsync("many", $"object {i:D3}", new byte[1_000])));
        await ServeAsync(
            [CephRgw.Address.GetLeftPart(UriPartial.Authority), SwiftS3.Address.GetLeftPart(UriPartial.Authority)],
            ("Slurper__R2Endpoint", CephRgw.Address.GetLeftPart(UriPartial.Authority)),
            ("Slurper__PartBytes", $"{5 << 20}"),
            ("Slurper__AbortGraceSeconds", "1"));
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Ceph?.Dispose();
        Swift?.Dispose();
    }

    private static string S3(string bucket, Uri address, string id, string key, string more) =>
        $$""" "vendor":"s3","bucket":"{{bucket}}","endpoint":"{{address.GetLeftPart(UriPartial.Authority)}}","secret":{"accessKeyId":"{{id}}","secretAccessKey":"{{key}}"}{{more}} """;
}

/// <summary>One such place for all the classes that want it.</summary>
[CollectionDefinition(Name)]
public sealed class ServersPlaces : ICollectionFixture<ServersPlace>
{
    public const string Name = "migrations between real servers";
}
