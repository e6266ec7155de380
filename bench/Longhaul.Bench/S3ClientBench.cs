using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Longhaul.Slurper.Objects;

namespace Longhaul.Bench;

/// <summary>
/// GET and PUT of objects of 1 KiB through our own S3 client and through AWSSDK.S3, against the store in memory in a process of its own.
/// Each run is a process of its own too: objects per second and its CPU time per object, clients in turn.
/// </summary>
internal static class S3ClientBench
{
    private const int ObjectCount = 1_000;
    private const int ObjectBytes = 1_024;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(4);

    private delegate Task Copy(string key);

    public static async Task RunAsync(int pairs)
    {
        foreach (var concurrency in (int[])[16, 64])
        {
            List<double> ours = [], sdks = [], rates = [], oursCpu = [], sdksCpu = [], cpus = [];
            for (var pair = 0; pair < pairs; pair++)
            {
                var our = await RunOneAsync("own", concurrency);
                var sdk = await RunOneAsync("sdk", concurrency);
                ours.Add(our.Rate);
                sdks.Add(sdk.Rate);
                rates.Add(our.Rate / sdk.Rate);
                oursCpu.Add(our.Cpu);
                sdksCpu.Add(sdk.Cpu);
                cpus.Add(sdk.Cpu / our.Cpu);
                Rig.Say($"{concurrency} {pair}: own {our.Rate:0}/s {our.Cpu:0} µs, sdk {sdk.Rate:0}/s {sdk.Cpu:0} µs");
            }

            Rig.Say($"| GET + PUT of 1 KiB, {concurrency} at a time, objects/s | {Rig.Spread(ours, "0")} | {Rig.Spread(sdks, "0")} | {Rig.Spread(rates)} |");
            Rig.Say($"| the same, CPU µs per object | {Rig.Spread(oursCpu, "0")} | {Rig.Spread(sdksCpu, "0")} | {Rig.Spread(cpus)} |");
        }
    }

    /// <summary>One run of one client; prints objects per second and CPU µs per object.</summary>
    public static async Task RunClientAsync(string client, Uri address, int concurrency)
    {
        var copy = client == "sdk" ? Sdk(address) : Own(address);
        await DriveAsync(copy, concurrency, Warm);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var count = await DriveAsync(copy, concurrency, Measured);
        var seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        Rig.Say($"{count / seconds} {(process.TotalProcessorTime - before).TotalMicroseconds / count}");
    }

    private static async Task<(double Rate, double Cpu)> RunOneAsync(string client, int concurrency)
    {
        var program = Path.Combine(Rig.Root, "artifacts/bin/Longhaul.TestStore/release/longhaul-teststore");
        string[] arguments = ["--bucket", "source", "--bucket", "target", "--objects", $"{ObjectCount}", "--size", $"{ObjectBytes}", "--no-auth", "--no-log", "--until-eof"];
        using var store = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        try
        {
            var address = (await store.StandardOutput.ReadLineAsync())!;
            var output = Rig.Run(Environment.ProcessPath!, "s3client-run", client, address, concurrency.ToString(CultureInfo.InvariantCulture));
            var figures = output.Trim().Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToArray();
            return (figures[0], figures[1]);
        }
        finally
        {
            store.Kill();
            await store.WaitForExitAsync();
        }
    }

    private static async Task<long> DriveAsync(Copy copy, int concurrency, TimeSpan duration)
    {
        var watch = Stopwatch.StartNew();
        long next = 0, done = 0;
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
        {
            while (watch.Elapsed < duration)
            {
                await copy($"object-{Interlocked.Increment(ref next) % ObjectCount:d8}");
                Interlocked.Increment(ref done);
            }
        }));
        return done;
    }

    private static Copy Own(Uri address)
    {
        var stores = new ObjectStores(new StoreSettings { AllowedEndpoints = [address.GetLeftPart(UriPartial.Authority)] }, TimeProvider.System);
        S3Spec Spec(string bucket) => new(bucket, address, "us-east-1", false, true, "testkey", "testsecret123");
        var (source, target) = (stores.OpenSource(Spec("source")), stores.OpenTarget(Spec("target")));
        return async key =>
        {
            var buffer = ArrayPool<byte>.Shared.Rent(ObjectBytes);
            await using (var content = await source.ReadAsync(key, new ReadRequest(), CancellationToken.None))
            {
                await content.Body.ReadExactlyAsync(buffer.AsMemory(0, (int)content.Length));
                var body = new ObjectBody(content.Length, buffer.AsMemory(0, (int)content.Length), null, null);
                await target.PutAsync(key, new Longhaul.Slurper.Objects.PutRequest(body, content.Facts.Headers, false), CancellationToken.None);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        };
    }

    private static Copy Sdk(Uri address)
    {
        var s3 = new AmazonS3Client(new BasicAWSCredentials("testkey", "testsecret123"), new AmazonS3Config
        {
            ServiceURL = address.ToString(),
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            MaxErrorRetry = 0,
            DisableLogging = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            HttpClientFactory = new Connections(new HttpClient(new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                UseProxy = false,
                UseCookies = false,
                ActivityHeadersPropagator = null,
            })),
        });
        return async key =>
        {
            var buffer = ArrayPool<byte>.Shared.Rent(ObjectBytes);
            using (var content = await s3.GetObjectAsync("source", key))
            {
                var length = (int)content.ContentLength;
                await content.ResponseStream.ReadExactlyAsync(buffer.AsMemory(0, length));
                using var body = new MemoryStream(buffer, 0, length, writable: false);
                var request = new PutObjectRequest { BucketName = "target", Key = key, InputStream = body, UseChunkEncoding = false, AutoCloseStream = false };
                request.Headers.ContentType = content.Headers.ContentType;
                await s3.PutObjectAsync(request);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        };
    }

    // The same connections for both; they live as long as the process.
    private sealed class Connections(HttpClient client) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => client;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}
