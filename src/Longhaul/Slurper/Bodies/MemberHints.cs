namespace Longhaul.Slurper.Bodies;

/// <summary>What people write in place of the names that there are.</summary>
internal static class MemberHints
{
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.Ordinal)
    {
        ["provider"] = "vendor",
        ["type"] = "vendor",
        ["destination"] = "target",
        ["dest"] = "target",
        ["src"] = "source",
        ["bucketname"] = "bucket",
        ["credentials"] = "secret",
        ["creds"] = "secret",
        ["secrets"] = "secret",
        ["prefix"] = "pathPrefix",
        ["path"] = "pathPrefix",
        ["url"] = "endpoint",
        ["endpointurl"] = "endpoint",
        ["objects"] = "keys",
        ["objectkeys"] = "keys",
        ["overwriteobjects"] = "overwrite",
        ["overwriteexisting"] = "overwrite",
        ["accesskey"] = "accessKeyId",
        ["keyid"] = "accessKeyId",
        ["secretkey"] = "secretAccessKey",
        ["email"] = "clientEmail",
        ["key"] = "privateKey",
    };

    private static readonly string[] SecretMembers = ["accessKeyId", "secretAccessKey", "clientEmail", "privateKey"];

    /// <summary>What to write for a name that is none of the known ones, or null where nothing comes to mind.</summary>
    public static string? Find(string name, IReadOnlyList<string> known)
    {
        var plain = Plain(name);
        var meant = Array.Find([.. known, .. SecretMembers], k => Plain(k) == plain) ?? Synonyms.GetValueOrDefault(plain);
        return meant is null ? null
            : known.Contains(meant) ? $"write '{meant}'"
            : known.Contains("secret") && SecretMembers.Contains(meant) ? $"write it into 'secret', as '{meant}'"
            : null;
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
