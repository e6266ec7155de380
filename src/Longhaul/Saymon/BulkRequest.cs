using System.Text.Json;
using Longhaul.Saymon.Objects;
using Longhaul.Saymon.Searching;

namespace Longhaul.Saymon;

/// <summary>A bulk that was read: which objects, and what is done to each.</summary>
/// <param name="Search">Which ones.</param>
/// <param name="Steps">What is done, in order.</param>
/// <param name="Metadata">JSON object with <c>search</c> and <c>bulk</c> as they were sent.</param>
internal sealed record BulkRequest(Search Search, IReadOnlyList<ChangeStep> Steps, string Metadata)
{
    /// <summary>Reads the body of a bulk, or its parameters in the operations API.</summary>
    public static SaymonResult<BulkRequest> Read(JsonElement body, SaymonOptions options)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return SaymonFault.Bad("the body must be an object with search and bulk");
        }

        JsonElement? search = null, bulk = null;
        foreach (var member in body.EnumerateObject())
        {
            switch (member.Name)
            {
                case "search":
                    search = member.Value;
                    break;
                case "bulk":
                    bulk = member.Value;
                    break;
                default:
                    return SaymonFault.Bad($"unknown member {ChangeReader.Shown(member.Name)}; a bulk has search and bulk");
            }
        }

        if (bulk is not { } operations)
        {
            return SaymonFault.Absent("bulk");
        }

        var steps = new List<ChangeStep>();
        if (ChangeReader.ReadOperations(operations, steps) is { } fault)
        {
            return fault;
        }

        var read = search is { } criteria ? SearchReader.Read(criteria) : new Search([]);
        return read.IsFault(out var bad, out var parsed) ? bad
            : parsed.IsEmpty && options.RequireSearch ? SaymonFault.Absent("search")
            : new BulkRequest(parsed, steps, ToMetadata(search, operations));
    }

    /// <summary>Reads what a stored bulk does to an object.</summary>
    public static List<ChangeStep> ReadSteps(string metadata)
    {
        using var document = JsonDocument.Parse(metadata);
        var steps = new List<ChangeStep>();
        return ChangeReader.ReadOperations(document.RootElement.GetProperty("bulk"), steps) is { } fault
            ? throw new InvalidDataException(fault.Message)
            : steps;
    }

    private static string ToMetadata(JsonElement? search, JsonElement bulk) => System.Text.Encoding.UTF8.GetString(JsonText.Write((search, bulk), static (writer, parts) =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("search"u8);
        if (parts.search is { } search)
        {
            search.WriteTo(writer);
        }
        else
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        }

        writer.WritePropertyName("bulk"u8);
        parts.bulk.WriteTo(writer);
        writer.WriteEndObject();
    }));
}
