namespace Longhaul.TestStores;

/// <summary>What a request asks for, as the service's own reference names it.</summary>
public enum S3Verb
{
    Unknown,
    ListBuckets,
    HeadBucket,
    GetBucketLocation,
    CreateBucket,
    DeleteBucket,
    ListObjects,
    ListObjectsV2,
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    DeleteObject,
    DeleteObjects,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
    ListMultipartUploads,
    GetObjectTagging,
    PutObjectTagging,
    DeleteObjectTagging,

    /// <summary>The OAuth token endpoint of the Google face.</summary>
    GcsToken,

    /// <summary>Any request of the Google JSON API.</summary>
    GcsJson,
}

/// <summary>Which verbs change something; a test asserts on them with "no write after".</summary>
public static class S3Verbs
{
    public static bool IsWrite(this S3Verb verb) => verb switch
    {
        S3Verb.CreateBucket or S3Verb.DeleteBucket or S3Verb.PutObject or S3Verb.CopyObject or S3Verb.DeleteObject or S3Verb.DeleteObjects
            or S3Verb.CreateMultipartUpload or S3Verb.UploadPart or S3Verb.UploadPartCopy or S3Verb.CompleteMultipartUpload
            or S3Verb.AbortMultipartUpload or S3Verb.PutObjectTagging or S3Verb.DeleteObjectTagging => true,
        _ => false,
    };

    public static bool IsListing(this S3Verb verb) => verb is S3Verb.ListBuckets or S3Verb.HeadBucket or S3Verb.GetBucketLocation
        or S3Verb.ListObjects or S3Verb.ListObjectsV2 or S3Verb.ListMultipartUploads or S3Verb.ListParts;
}
