using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Longhaul.TestStores;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Gcs;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>
/// The program with three stores behind it that check every signature: one that is S3 and Google, one that is R2, one that is another S3.
/// The objects of bucket <c>held</c> are never handed out, those of <c>slow</c> one after a while, those of <c>quick</c> at once.
/// </summary>
public sealed class RealPlace : ProgramPlace
{
    public const int MaxRunningJobs = 5;
    public const int AbortGraceSeconds = 1;
    public const int MaxSinglePutBytes = 16 << 20;

    private const string Secret = """ "secret":{"accessKeyId":"SECRETID","secretAccessKey":"SECRETKEY"} """;

    private readonly TestGate _held = new();
    private readonly TcpListener _forbidden = new(IPAddress.Loopback, 0);
    private ServiceAccount _google = null!;

    public TestStore Elsewhere { get; private set; } = null!;

    /// <summary>Its address has the account and the jurisdiction in its path.</summary>
    public TestStore R2 { get; private set; } = null!;

    public TestStore Other { get; private set; } = null!;

    /// <summary>An address that no job may reach, on which somebody listens.</summary>
    public int ForbiddenPort { get; private set; }

    /// <summary>An origin that jobs may name and that nobody listens at.</summary>
    public string Unreachable { get; private set; } = "";

    /// <summary>The first store under its name, which jobs may name too.</summary>
    public string ByName => $"http://localhost:{Elsewhere.Port}";

    public bool WasForbiddenReached => _forbidden.Pending();

    public override string Source(string vendor = "s3") => Source(vendor, "held");

    public string Source(string vendor, string bucket, string more = "") => vendor switch
    {
        "gcs" => $$""" "vendor":"gcs","bucket":"{{bucket}}","secret":{"clientEmail":{{JsonSerializer.Serialize(_google.ClientEmail)}},"privateKey":{{JsonSerializer.Serialize(_google.PrivateKey)}}}{{more}} """,
        "r2" => $$""" "vendor":"r2","bucket":"{{bucket}}",{{Secret}}{{more}} """,
        _ => $$""" "vendor":"s3","bucket":"{{bucket}}","endpoint":"{{Origin(Elsewhere)}}",{{Secret}}{{more}} """,
    };

    public override string Target(string vendor = "r2") => Target(vendor, "to");

    public string Target(string vendor, string bucket, string more = "") => vendor == "r2"
        ? $$""" "vendor":"r2","bucket":"{{bucket}}",{{Secret}}{{more}} """
        : $$""" "vendor":"s3","bucket":"{{bucket}}","endpoint":"{{Origin(Other)}}",{{Secret}}{{more}} """;

    /// <summary>The store that a vendor's sources are at.</summary>
    public TestStore SourceOf(string vendor) => vendor == "r2" ? R2 : Elsewhere;

    /// <summary>The store that a vendor's targets are at.</summary>
    public TestStore TargetOf(string vendor) => vendor == "r2" ? R2 : Other;

    public override async Task<string> BringAsync(SlurperClient client, string state)
    {
        var id = await client.CreateAsync(SlurperClient.Job(state == "completed" ? Source("s3", "quick") : Source(), Target()));
        switch (state)
        {
            case "paused":
                Assert.Equal(HttpStatusCode.OK, (await client.SendAsync("PUT", $"{client.Jobs}/{id}/pause")).Status);
                break;
            case "aborted":
                Assert.Equal(HttpStatusCode.OK, (await client.SendAsync("PUT", $"{client.Jobs}/{id}/abort")).Status);
                break;
        }

        Assert.Equal(state, await SettledAsync(client, id, state));
        return id;
    }

    public override async ValueTask InitializeAsync()
    {
        Elsewhere = await TestStore.StartAsync(new TestStoreOptions { Gcs = true, AllowUnsignedPayloadOverHttp = true }, "held", "slow", "quick");
        var r2 = TestStoreOptions.R2Like();
        r2.BaseSegments = 2;
        R2 = await TestStore.StartAsync(r2, "held", "quick", "to");
        Other = await TestStore.StartAsync(new TestStoreOptions { AllowUnsignedPayloadOverHttp = true }, "to");
        _google = Elsewhere.GcsAccounts.Create();
        foreach (var store in (TestStore[])[Elsewhere, R2, Other])
        {
            store.Credentials.Add("SECRETID", "SECRETKEY");
            store.Faults.Add(new Fault(Effect.Gate(_held)) { Verbs = [S3Verb.GetObject], Bucket = "held", When = r => r.Header("range") is null });
            store.Faults.Add(new Fault(Effect.Latency(TimeSpan.FromMilliseconds(100))) { Verbs = [S3Verb.GetObject], Bucket = "slow", When = r => r.Header("range") is null });
            foreach (var bucket in store.Buckets.Where(b => b.Name != "to"))
            {
                Fill(bucket, bucket.Name == "slow" ? 64 : 4);
            }
        }

        _forbidden.Start();
        ForbiddenPort = ((IPEndPoint)_forbidden.LocalEndpoint).Port;
        using (var closed = new TcpListener(IPAddress.Loopback, 0))
        {
            closed.Start();
            Unreachable = $"http://127.0.0.1:{((IPEndPoint)closed.LocalEndpoint).Port}";
        }

        await ServeAsync(
            [Origin(Elsewhere), ByName, Origin(R2), Origin(Other), Unreachable],
            ("Slurper__R2Endpoint", $"{Origin(R2)}/{{account}}/{{jurisdiction}}"),
            ("Slurper__GcsEndpoint", Origin(Elsewhere)),
            ("Slurper__GcsTokenEndpoint", $"{Origin(Elsewhere)}/token"),
            ("Slurper__AbortGraceSeconds", $"{AbortGraceSeconds}"),
            ("Slurper__MaxRunningJobs", $"{MaxRunningJobs}"),
            ("Slurper__PartBytes", $"{5 << 20}"),
            ("Slurper__MaxSinglePutBytes", $"{MaxSinglePutBytes}"),

            // Held jobs keep their slots: there are enough for all that this place ever brings.
            ("Engine__Workers", "2000"));
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var store in (TestStore[])[Elsewhere, R2, Other])
        {
            await store.DisposeAsync();
        }

        _forbidden.Dispose();
    }

    private static string Origin(TestStore store) => store.Address.GetLeftPart(UriPartial.Authority);

    private static void Fill(Bucket bucket, int count)
    {
        for (var i = 0; i < count; i++)
        {
            bucket.Put($"dir {i % 3}/\u00e4+{i:D3}%.bin", new byte[i * 100], ("content-type", $"text/x-{i}"), ("cache-control", "no-store"), ("x-amz-meta-number", $"{i}"));
        }
    }
}

/// <summary>One such place for all the classes that want it.</summary>
[CollectionDefinition(Name)]
public sealed class RealPlaces : ICollectionFixture<RealPlace>
{
    public const string Name = "migrations with stores behind them";
}
