using System.Globalization;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Http;

namespace Longhaul.TestStores.S3;

/// <summary>The S3 API over the buckets of a store. Without state of its own.</summary>
internal sealed partial class S3Face(TestStore store)
{
    private TestStoreOptions Options => store.Options;

    private DateTimeOffset Now => Options.Clock.GetUtcNow();

    public Task<Answer> HandleAsync(S3Request request) => request.Verb switch
    {
        S3Verb.ListBuckets => Done(ListBuckets()),
        S3Verb.HeadBucket => Done(HeadBucket(request)),
        S3Verb.GetBucketLocation => Done(GetLocation(request)),
        S3Verb.CreateBucket => Done(CreateBucket(request)),
        S3Verb.DeleteBucket => Done(DeleteBucket(request)),
        S3Verb.ListObjects => Done(ListV1(request)),
        S3Verb.ListObjectsV2 => Done(Options.SupportsListV2 ? ListV2(request) : ListV1(request)),
        S3Verb.GetObject or S3Verb.HeadObject => Done(GetObject(request)),
        S3Verb.PutObject => PutObjectAsync(request),
        S3Verb.CopyObject => Done(CopyObject(request)),
        S3Verb.DeleteObject => Done(DeleteObject(request)),
        S3Verb.DeleteObjects => DeleteObjectsAsync(request),
        S3Verb.CreateMultipartUpload => Done(CreateUpload(request)),
        S3Verb.UploadPart => UploadPartAsync(request),
        S3Verb.UploadPartCopy => Done(UploadPartCopy(request)),
        S3Verb.CompleteMultipartUpload => CompleteUploadAsync(request),
        S3Verb.AbortMultipartUpload => Done(AbortUpload(request)),
        S3Verb.ListParts => Done(ListParts(request)),
        S3Verb.ListMultipartUploads => Done(ListUploads(request)),
        S3Verb.GetObjectTagging => Done(GetTagging(request)),
        S3Verb.PutObjectTagging => PutTaggingAsync(request),
        S3Verb.DeleteObjectTagging => Done(DeleteTagging(request)),
        _ => throw NotImplemented("This method is not implemented."),
    };

    private static Task<Answer> Done(Answer answer) => Task.FromResult(answer);

    private Answer ListBuckets()
    {
        var text = Xml.Begin("ListAllMyBucketsResult").Append("<Owner><ID>owner</ID><DisplayName>owner</DisplayName></Owner><Buckets>");
        foreach (var bucket in store.Buckets.OrderBy(b => b.Name, StringComparer.Ordinal))
        {
            text.Append("<Bucket>");
            Xml.Element(text, "Name", bucket.Name);
            Xml.Element(text, "CreationDate", Xml.Time(bucket.CreatedAt));
            text.Append("</Bucket>");
        }

        return Answer.Xml(Xml.End(text.Append("</Buckets>"), "ListAllMyBucketsResult"));
    }

    private Answer HeadBucket(S3Request request)
    {
        BucketOf(request);
        return new Answer(200) { Headers = [("x-amz-bucket-region", Options.Region)] };
    }

    private Answer GetLocation(S3Request request)
    {
        BucketOf(request);
        return Answer.Xml($"{Xml.Declaration}<LocationConstraint{Xml.Namespace}>{(Options.Region == "us-east-1" ? "" : Options.Region)}</LocationConstraint>");
    }

    private Answer CreateBucket(S3Request request) => store.TryCreateBucket(request.Bucket)
        ? new Answer(200) { Headers = [("Location", "/" + request.Bucket)] }
        : throw new S3Exception(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.");

    private Answer DeleteBucket(S3Request request)
    {
        if (BucketOf(request).Count > 0)
        {
            throw new S3Exception(409, "BucketNotEmpty", "The bucket you tried to delete is not empty.");
        }

        store.DeleteBucket(request.Bucket);
        return new Answer(204);
    }

    private Bucket BucketOf(S3Request request) => BucketOf(request.Bucket);

    private Bucket BucketOf(string name) =>
        store.FindBucket(name) ?? throw new S3Exception(404, "NoSuchBucket", "The specified bucket does not exist", ("#BucketName", name));

    private static S3Exception NotImplemented(string text) => new(501, "NotImplemented", text);

    private static S3Exception Precondition(string header) =>
        new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", ("#Condition", header));

    private static string Quoted(string etag) => $"\"{etag}\"";

    private static int Number(S3Request request, string name, int fallback, int max)
    {
        if (request.Argument(name) is not { Length: > 0 } text)
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Min(number, max)
            : throw new S3Exception(400, "InvalidArgument", $"Provided {name} not an integer or within integer range");
    }
}
