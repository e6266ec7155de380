using System.Text;
using System.Text.RegularExpressions;
using Longhaul.Hosting.Bodies;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Bodies;

/// <summary>Checks the values of a source or a target, and that its members belong to its vendor.</summary>
internal sealed partial class SideChecks(JobFaults faults, IEndpointRules? rules)
{
    private const int MaxBucketLength = 255;
    private const int MaxPrefixBytes = 1_024;
    private const int MaxSecretLength = 16 << 10;
    private const string Jurisdictions = "'default', 'eu', 'fedramp' or 'us'";

    private static readonly (string Member, string Vendor)[] OwnMembers = [("endpoint", "s3"), ("region", "s3"), ("jurisdiction", "r2")];
    private static readonly string[] S3Secret = ["accessKeyId", "secretAccessKey"];
    private static readonly string[] GcsSecret = ["clientEmail", "privateKey"];

    /// <summary>A source with its secret; null when it has a fault.</summary>
    public (JobSource Source, StoreSecret Secret)? ToSource(RawSide side, string at)
    {
        if (CheckVendor(side, at, ["s3", "gcs", "r2"]) is not { } vendor)
        {
            CheckBucket(side, at);
            CheckPrefix(side, at);
            return null;
        }

        var secret = CheckCommon(side, vendor, at);
        var prefix = CheckPrefix(side, at);
        return secret is null || CheckBucket(side, at) is not { } bucket ? null : (new JobSource
        {
            Vendor = vendor,
            Bucket = bucket,
            Endpoint = side.Texts.GetValueOrDefault("endpoint"),
            Region = RegionOf(side),
            Jurisdiction = JurisdictionOf(side, vendor),
            PathPrefix = prefix,
            Keys = side.Keys,
        }, secret);
    }

    /// <summary>A target with its secret; null when it has a fault.</summary>
    public (JobTarget Target, StoreSecret Secret)? ToTarget(RawSide side, string at)
    {
        if (CheckVendor(side, at, ["r2", "s3"]) is not { } vendor)
        {
            CheckBucket(side, at);
            return null;
        }

        var secret = CheckCommon(side, vendor, at);
        return secret is null || CheckBucket(side, at) is not { } bucket ? null : (new JobTarget
        {
            Vendor = vendor,
            Bucket = bucket,
            Endpoint = side.Texts.GetValueOrDefault("endpoint"),
            Region = RegionOf(side),
            Jurisdiction = JurisdictionOf(side, vendor),
        }, secret);
    }

    /// <summary>The secret of a side of a known vendor; null when it is absent or has a fault.</summary>
    public StoreSecret? ToSecret(RawSide side, string vendor, string at)
    {
        var names = vendor == "gcs" ? GcsSecret : S3Secret;
        if (side.Secret is not { } secret)
        {
            if (!side.Present.Contains("secret"))
            {
                faults.Invalid($"{at}/secret", $$"""it is missing; send {"{{names[0]}}":…,"{{names[1]}}":…}""");
            }

            return null;
        }

        foreach (var foreign in secret.Present.Except(names).Order(StringComparer.Ordinal))
        {
            faults.Invalid($"{at}/secret/{foreign}", $"vendor '{vendor}' has no such member; its secret is {{'{names[0]}', '{names[1]}'}}");
        }

        var (id, key) = (CheckSecret(secret, names[0], $"{at}/secret"), CheckSecret(secret, names[1], $"{at}/secret"));
        return id is null || key is null ? null : new StoreSecret(id, key);
    }

    // An empty region is what many tools send for none.
    private static string? RegionOf(RawSide side) => side.Texts.GetValueOrDefault("region") is { Length: > 0 } region ? region : null;

    private static string? JurisdictionOf(RawSide side, string vendor) => vendor == "r2" ? side.Texts.GetValueOrDefault("jurisdiction", "default") : null;

    private string? CheckVendor(RawSide side, string at, string[] vendors)
    {
        var choice = $"use {string.Join(", ", vendors.SkipLast(1).Select(v => $"'{v}'"))} or '{vendors[^1]}'";
        if (!side.Present.Contains("vendor"))
        {
            faults.Invalid($"{at}/vendor", $"it is missing; {choice}");
        }
        else if (side.Texts.TryGetValue("vendor", out var vendor))
        {
            if (vendors.Contains(vendor))
            {
                return vendor;
            }

            faults.Invalid($"{at}/vendor", vendor == "gcs" ? $"'gcs' can only be a source; {choice}" : $"{Quote(vendor)} is no vendor; {choice}");
        }

        return null;
    }

    private StoreSecret? CheckCommon(RawSide side, string vendor, string at)
    {
        foreach (var (member, owner) in OwnMembers)
        {
            // Null means that it is not there.
            if (vendor != owner && side.Texts.ContainsKey(member))
            {
                faults.Invalid($"{at}/{member}", $"vendor '{vendor}' has no {member}, only '{owner}' has; leave it out");
            }
        }

        if (vendor == "s3")
        {
            CheckEndpoint(side, $"{at}/endpoint");
            CheckRegion(side, $"{at}/region");
        }
        else if (vendor == "r2" && side.Texts.TryGetValue("jurisdiction", out var jurisdiction) && jurisdiction is not ("default" or "eu" or "fedramp" or "us"))
        {
            faults.Invalid($"{at}/jurisdiction", $"{Quote(jurisdiction)} is no jurisdiction; use {Jurisdictions}");
        }

        return ToSecret(side, vendor, at);
    }

    private string? CheckBucket(RawSide side, string at)
    {
        if (!side.Present.Contains("bucket"))
        {
            faults.Invalid($"{at}/bucket", "it is missing; name the bucket");
        }
        else if (side.Texts.TryGetValue("bucket", out var bucket))
        {
            if (bucket.Length is > 0 and <= MaxBucketLength && bucket is not ("." or "..") && !bucket.Any(c => c == '/' || char.IsControl(c)))
            {
                return bucket;
            }

            faults.Invalid($"{at}/bucket", $"a bucket has 1 to {MaxBucketLength} characters, no '/' and no control characters; what comes behind a '/' goes into 'pathPrefix'");
        }

        return null;
    }

    private string? CheckPrefix(RawSide side, string at)
    {
        if (!side.Texts.TryGetValue("pathPrefix", out var prefix) || prefix.Length == 0)
        {
            return null;
        }

        if (Encoding.UTF8.GetByteCount(prefix) > MaxPrefixBytes)
        {
            faults.Invalid($"{at}/pathPrefix", $"no key is longer than {MaxPrefixBytes} bytes, and so no prefix");
        }

        return prefix;
    }

    // The text is never quoted: somebody may have put a password into it.
    private void CheckEndpoint(RawSide side, string at)
    {
        if (!side.Texts.TryGetValue("endpoint", out var text))
        {
            return;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Host.Length == 0 || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            faults.Invalid(at, "it must be an absolute address such as https://storage.example.com");
        }
        else if (endpoint.UserInfo.Length > 0 || text.AsSpan().IndexOfAny('?', '#', '@') >= 0)
        {
            faults.Invalid(at, "it may have no user, query or fragment; credentials go into 'secret'");
        }
        else if (rules?.FindRefusal(endpoint) is { } why)
        {
            faults.EndpointNotAllowed(at, endpoint.Host, why);
        }
        else if (!Uri.IsWellFormedUriString(text, UriKind.Absolute))
        {
            // Answers promise a URI: odd characters are kept as the address itself spells them.
            side.Texts["endpoint"] = endpoint.AbsoluteUri;
        }
    }

    private void CheckRegion(RawSide side, string at)
    {
        if (RegionOf(side) is not { } region)
        {
            return;
        }

        if (!RegionName().IsMatch(region))
        {
            faults.Invalid(at, "a region has 1 to 64 letters, digits and hyphens, such as eu-central-1");
        }
        else if (!side.Texts.ContainsKey("endpoint") && !S3Route.IsRegion(region))
        {
            faults.Invalid(at, "without 'endpoint' it must be a region of AWS, such as eu-central-1; another store needs its 'endpoint'");
        }
    }

    private string? CheckSecret(RawSecret secret, string name, string at)
    {
        if (!secret.Present.Contains(name))
        {
            faults.Invalid($"{at}/{name}", "it is missing");
            return null;
        }

        if (!secret.Texts.TryGetValue(name, out var text))
        {
            return null;
        }

        var fault = text.Length switch
        {
            0 => "it is empty",
            > MaxSecretLength => $"it is longer than {MaxSecretLength} characters",
            _ => name switch
            {
                "privateKey" => text.Contains("-----BEGIN ", StringComparison.Ordinal) ? null : "it must be the PEM text of the service account's private_key, from -----BEGIN to -----END",
                "accessKeyId" => text.All(c => c is > ' ' and <= '~') ? null : "it must be printable ASCII without blanks; was a line break copied with it?",
                _ => text.Any(char.IsControl) ? "it has a control character; was a line break copied with it?" : null,
            },
        };
        if (fault is not null)
        {
            faults.Invalid($"{at}/{name}", fault);
        }

        return text;
    }

    private static string Quote(string text) => StrictJson.Quote(Encoding.UTF8.GetBytes(text));

    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,64}\z")]
    private static partial Regex RegionName();
}
