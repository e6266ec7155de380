using System.Security.Cryptography.X509Certificates;

namespace Longhaul.TestStores;

/// <summary>How the store behaves. The initialisers are those of AWS itself; the static members give the other houses' ways.</summary>
public sealed class TestStoreOptions
{
    /// <summary>The address to listen on. Port 0 (the default) takes a free one, which is kept when the store dies and comes back.</summary>
    public int Port { get; set; }

    public string Host { get; set; } = "127.0.0.1";

    /// <summary>With a certificate the store speaks https.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Virtual host style: a request to <c>bucket.DOMAIN</c> names its bucket there. Path style works always.</summary>
    public string VirtualHostDomain { get; set; } = "localhost";

    public string Region { get; set; } = "us-east-1";

    /// <summary>Names of regions that a signature may carry beside <see cref="Region"/>.</summary>
    public string[] OtherRegions { get; set; } = ["auto"];

    /// <summary>False lets everything in, signed or not: for benches.</summary>
    public bool RequireSignatures { get; set; } = true;

    /// <summary>UNSIGNED-PAYLOAD is otherwise taken over https only.</summary>
    public bool AllowUnsignedPayloadOverHttp { get; set; }

    /// <summary>False answers chunk-signed and trailer payloads with 501 and the words of R2.</summary>
    public bool AcceptStreamingPayloads { get; set; } = true;

    public ConditionalWrites ConditionalPut { get; set; }

    public ConditionalWrites ConditionalComplete { get; set; }

    /// <summary>CompleteMultipartUpload answers with an empty ETag element, as Ceph's gateway does.</summary>
    public bool EmptyETagOnComplete { get; set; }

    /// <summary>The ETag of a multipart upload is not the MD5 of its parts' MD5.</summary>
    public bool UnpredictableMultipartETags { get; set; }

    /// <summary>All parts but the last must have one length, as R2 demands.</summary>
    public bool EqualParts { get; set; }

    public long MinPartBytes { get; set; } = 5L << 20;

    public int MaxParts { get; set; } = 10_000;

    public long MaxSinglePutBytes { get; set; } = 5L << 30;

    public bool SupportsMultipart { get; set; } = true;

    public bool SupportsPartCopy { get; set; } = true;

    /// <summary>False ignores x-amz-copy-source-if-match and -if-none-match, as Ceph's gateway (16) does.</summary>
    public bool SupportsCopyConditions { get; set; } = true;

    public PartReads PartReads { get; set; }

    public bool SupportsTagging { get; set; } = true;

    public bool SupportsListV2 { get; set; } = true;

    /// <summary>False ignores <c>encoding-type=url</c>.</summary>
    public bool SupportsUrlEncoding { get; set; } = true;

    /// <summary>False ignores <c>start-after</c>.</summary>
    public bool SupportsStartAfter { get; set; } = true;

    /// <summary>Every new object gets a CRC64NVME of the whole, as AWS gives it by default.</summary>
    public bool KeepCrc64Nvme { get; set; }

    /// <summary>Bodies are hashed and dropped; a GET of such an object gives zeros. For targets of large benches.</summary>
    public bool DiscardContent { get; set; }

    /// <summary>False keeps no request log: for benches.</summary>
    public bool LogRequests { get; set; } = true;

    /// <summary>The log keeps so many requests and counts the rest.</summary>
    public int MaxLoggedRequests { get; set; } = 1_000_000;

    /// <summary>The dice of <see cref="Injection.Fault.Probability"/> and of what is corrupted.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>The Google face: token endpoint, JSON API and bearer tokens on the XML API.</summary>
    public bool Gcs { get; set; }

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public static TestStoreOptions R2Like() => new()
    {
        Region = "auto",
        OtherRegions = ["us-east-1", ""],
        AcceptStreamingPayloads = false,
        EqualParts = true,
        UnpredictableMultipartETags = true,
        SupportsTagging = false,
        AllowUnsignedPayloadOverHttp = true,
    };

    public static TestStoreOptions RgwLike() => new()
    {
        ConditionalComplete = ConditionalWrites.Ignored,
        SupportsCopyConditions = false,
        PartReads = PartReads.Ignored,
        EmptyETagOnComplete = true,
        AllowUnsignedPayloadOverHttp = true,
    };

    public static TestStoreOptions SwiftLike() => new()
    {
        ConditionalPut = ConditionalWrites.NotImplemented,
        AcceptStreamingPayloads = false,
        PartReads = PartReads.MethodNotAllowed,
        SupportsTagging = false,
        AllowUnsignedPayloadOverHttp = true,
    };

    /// <summary>For benches: no signatures, no log, and bodies are dropped when the store is a target.</summary>
    public static TestStoreOptions Fast(bool discard) => new()
    {
        RequireSignatures = false,
        AllowUnsignedPayloadOverHttp = true,
        LogRequests = false,
        DiscardContent = discard,
        OtherRegions = ["*"],
    };
}
