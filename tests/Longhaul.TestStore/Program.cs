using System.Globalization;
using System.Runtime.InteropServices;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

const string Usage = """
    longhaul-teststore [--urls http://127.0.0.1:PORT] [--bucket NAME]… [--objects N --size BYTES [--prefix P]] [--like aws|r2|rgw|swift]
                       [--no-auth] [--discard] [--no-log] [--gcs] [--seed N] [--fault EFFECT,verb=V,p=P,…]…
    An S3 endpoint in memory: key testkey, secret testsecret123. Its first line is its address. Objects go into the first bucket.
    It ends with SIGTERM or at the end of its standard input when --until-eof is given.
    """;

var buckets = new List<string>();
var faults = new List<Fault>();
var options = new TestStoreOptions();
var (objects, size, prefix, untilEof) = (0, 1024L, "object-", false);

for (var i = 0; i < args.Length; i++)
{
    string Next() => i + 1 < args.Length ? args[++i] : throw new FormatException($"{args[i]} needs a value");
    switch (args[i])
    {
        case "--urls":
            var url = new Uri(Next());
            (options.Host, options.Port) = (url.Host, url.Port);
            break;
        case "--bucket":
            buckets.Add(Next());
            break;
        case "--objects":
            objects = int.Parse(Next(), CultureInfo.InvariantCulture);
            break;
        case "--size":
            size = long.Parse(Next(), CultureInfo.InvariantCulture);
            break;
        case "--prefix":
            prefix = Next();
            break;
        case "--like":
            var (host, port) = (options.Host, options.Port);
            options = Like(Next());
            (options.Host, options.Port) = (host, port);
            break;
        case "--no-auth":
            options.RequireSignatures = false;
            options.AllowUnsignedPayloadOverHttp = true;
            break;
        case "--discard":
            options.DiscardContent = true;
            break;
        case "--no-log":
            options.LogRequests = false;
            break;
        case "--gcs":
            options.Gcs = true;
            break;
        case "--seed":
            options.Seed = int.Parse(Next(), CultureInfo.InvariantCulture);
            break;
        case "--fault":
            faults.Add(FaultLine.Parse(Next()));
            break;
        case "--until-eof":
            untilEof = true;
            break;
        default:
            await Console.Error.WriteLineAsync($"unknown option {args[i]}\n{Usage}");
            return 2;
    }
}

await using var store = await TestStore.StartAsync(options, [.. buckets.DefaultIfEmpty("bucket")]);
faults.ForEach(f => store.Faults.Add(f));
store.Bucket(buckets.FirstOrDefault() ?? "bucket").Seed(objects, size, prefix);
await Console.Out.WriteLineAsync(store.Address.ToString().TrimEnd('/'));

var ended = new TaskCompletionSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal));
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal));
await (untilEof ? Task.WhenAny(ended.Task, Console.In.ReadToEndAsync()) : ended.Task);
return 0;

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ended.TrySetResult();
}

static TestStoreOptions Like(string name) => name switch
{
    "aws" => new(),
    "r2" => TestStoreOptions.R2Like(),
    "rgw" => TestStoreOptions.RgwLike(),
    "swift" => TestStoreOptions.SwiftLike(),
    _ => throw new FormatException($"--like {name}: there are aws, r2, rgw and swift"),
};
