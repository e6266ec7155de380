using System.Globalization;
using Longhaul.Bench;

// bench [put|append|poll|noop|wait|export|bulk] [pairs]: the figures of docs/performance, each beside what a user would take instead.
var area = args.Length > 0 ? args[0] : "help";
var pairs = args.Length > 1 && int.TryParse(args[1], CultureInfo.InvariantCulture, out var given) ? given : 9;

// Some tools look for a file of this name even where nothing is encrypted.
Environment.SetEnvironmentVariable("AWS_CA_BUNDLE", null);
switch (area)
{
    case "bare":
        await BareApi.RunAsync(args[1], args[2]);
        return 0;
    case "put":
        await PutBench.RunAsync(pairs);
        return 0;
    case "flat":
        await PutBench.RunFlatAsync(pairs);
        return 0;
    case "append":
        await AppendBench.RunAsync(pairs);
        return 0;
    case "poll":
        await PollBench.RunAsync(pairs);
        return 0;
    case "noop":
        await NoopBench.RunAsync(pairs);
        return 0;
    case "lookup":
        await LookupBench.RunAsync(pairs);
        return 0;
    case "refuse":
        await RefuseBench.RunAsync(pairs);
        return 0;
    case "wait":
        await WaitBench.RunAsync(pairs);
        return 0;
    case "bulk":
        await BulkBench.RunAsync(pairs);
        return 0;
    case "events":
        await EventsBench.RunAsync(pairs);
        return 0;
    case "export":
        await ExportBench.RunAsync(pairs);
        return 0;
    case "s3client":
        await S3ClientBench.RunAsync(pairs);
        return 0;
    case "s3client-run":
        await S3ClientBench.RunClientAsync(args[1], new Uri(args[2]), int.Parse(args[3], CultureInfo.InvariantCulture));
        return 0;
    case "migrate":
        await MigrateBench.RunAsync(pairs);
        return 0;
    case "migrate-memory":
        await MigrateBench.RunMemoryAsync();
        return 0;
    default:
        Console.Error.WriteLine("bench put|flat|append|poll|noop|wait|lookup|refuse|export|events|bulk|migrate|migrate-memory|s3client [pairs]");
        return 2;
}
