using System.Globalization;
using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Hosting.Cloudflare;

namespace Longhaul.Slurper;

/// <summary>What goes into the envelope, as <c>contracts/slurper.md</c> section 5 shows it. No secret and no region is ever among it.</summary>
internal static class SlurperWire
{
    private const int MaxReasonLength = 256;

    /// <summary>The vendor's word for a state.</summary>
    public static string StatusOf(OperationState state) => state switch
    {
        OperationState.Pending or OperationState.Running => "running",
        OperationState.Paused => "paused",
        OperationState.Completed => "completed",
        OperationState.Failed or OperationState.Aborted => "aborted",
    };

    /// <summary>Answers whether a bucket could be reached; why not goes into a header.</summary>
    public static Task WriteAsync(HttpContext context, ConnectivityAnswer answer)
    {
        if (answer.Reason is { } reason)
        {
            context.Response.Headers["x-slurper-reason"] = ToHeader(reason);
        }

        return CloudflareWire.WriteAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("connectivityStatus", answer.Reason is null ? "success" : "error");
            writer.WriteEndObject();
        });
    }

    public static void WriteId(Utf8JsonWriter writer, OperationId id)
    {
        writer.WriteStartObject();
        writer.WriteString("id", id.Value);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, MigrationJob job)
    {
        var operation = job.Operation;
        writer.WriteStartObject();
        writer.WriteString("id", operation.Id.Value);
        WriteTime(writer, "createdAt", operation.CreatedAt);
        if (operation.State.IsFinal)
        {
            WriteTime(writer, "finishedAt", operation.EndedAt ?? operation.UpdatedAt);
        }
        else
        {
            writer.WriteNull("finishedAt");
        }

        writer.WriteBoolean("overwrite", job.Spec.Overwrite);
        writer.WriteString("status", StatusOf(operation.State));
        WriteSource(writer, job.Spec.Source);
        WriteTarget(writer, job.Spec.Target);
        writer.WriteEndObject();
    }

    public static void WriteProgress(Utf8JsonWriter writer, Operation operation)
    {
        writer.WriteStartObject();
        writer.WriteString("id", operation.Id.Value);
        WriteTime(writer, "createdAt", operation.CreatedAt);
        writer.WriteString("status", StatusOf(operation.State));
        writer.WriteNumber("objects", operation.Total ?? 0);
        writer.WriteNumber("transferredObjects", operation.Counts.Succeeded);
        writer.WriteNumber("skippedObjects", operation.Counts.Skipped);
        writer.WriteNumber("failedObjects", operation.Counts.Failed);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, OperationId job, JobLog log)
    {
        writer.WriteStartObject();
        WriteTime(writer, "createdAt", log.At);
        writer.WriteString("job", job.Value);
        writer.WriteString("logType", log.LogType);
        writer.WriteString("message", log.Message);
        writer.WriteString("objectKey", log.ObjectKey);
        writer.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter writer, JobSource source)
    {
        writer.WriteStartObject("source");
        writer.WriteString("bucket", source.Bucket);
        WriteOwn(writer, source.Vendor, source.Endpoint, source.Jurisdiction);
        if (source.Keys is null)
        {
            writer.WriteNull("keys");
        }
        else
        {
            writer.WriteStartArray("keys");
            foreach (var key in source.Keys)
            {
                writer.WriteStringValue(key);
            }

            writer.WriteEndArray();
        }

        writer.WriteString("pathPrefix", source.PathPrefix);
        writer.WriteString("vendor", source.Vendor);
        writer.WriteEndObject();
    }

    private static void WriteTarget(Utf8JsonWriter writer, JobTarget target)
    {
        writer.WriteStartObject("target");
        writer.WriteString("bucket", target.Bucket);
        WriteOwn(writer, target.Vendor, target.Endpoint, target.Jurisdiction);
        writer.WriteString("vendor", target.Vendor);
        writer.WriteEndObject();
    }

    /// <summary>The member that one vendor has and another has not.</summary>
    private static void WriteOwn(Utf8JsonWriter writer, string vendor, string? endpoint, string? jurisdiction)
    {
        if (vendor == "s3")
        {
            writer.WriteString("endpoint", endpoint);
        }
        else if (vendor == "r2")
        {
            writer.WriteString("jurisdiction", jurisdiction ?? "default");
        }
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, long milliseconds)
    {
        Span<char> text = stackalloc char[24];
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        writer.WriteString(name, text[..length]);
    }

    // A header holds printable ASCII only; whoever wrote the reason has promised that, but stores say what they like.
    private static string ToHeader(string reason) => string.Create(Math.Min(reason.Length, MaxReasonLength), reason, static (text, from) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        }
    });
}
