using System.Text.Json;
using System.Text.Json.Serialization;

namespace Longhaul.Slurper;

/// <summary>How a job and its secrets are stored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredSpec))]
[JsonSerializable(typeof(JobSecrets))]
internal sealed partial class SpecText : JsonSerializerContext
{
    public static byte[] Write(StoredSpec spec) => JsonSerializer.SerializeToUtf8Bytes(spec, Default.StoredSpec);

    public static StoredSpec ReadSpec(byte[] bytes) =>
        JsonSerializer.Deserialize(bytes, Default.StoredSpec) ?? throw new InvalidDataException("a stored job is empty");

    public static byte[] Write(JobSecrets secrets) => JsonSerializer.SerializeToUtf8Bytes(secrets, Default.JobSecrets);

    public static JobSecrets ReadSecrets(byte[] bytes) =>
        JsonSerializer.Deserialize(bytes, Default.JobSecrets) ?? throw new InvalidDataException("stored secrets are empty");
}

/// <summary>A job as it is stored: what was asked for, and what its acceptance found out.</summary>
/// <param name="Spec">What was asked for.</param>
/// <param name="ListPrefix">The prefix that is listed: as asked for, or without its leading slash.</param>
/// <param name="SourceHost">Where the source is, for the log.</param>
/// <param name="TargetHost">Where the target is, for the log.</param>
/// <param name="HasConditionalCreate">True when the target was seen to honour a conditional PUT; false also where that is not needed.</param>
internal sealed record StoredSpec(JobSpec Spec, string ListPrefix, string SourceHost, string TargetHost, bool HasConditionalCreate);
