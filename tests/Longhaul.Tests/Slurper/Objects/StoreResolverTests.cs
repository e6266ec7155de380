using System.Net;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

public sealed class StoreResolverTests
{
    private const string Account = "acc0123";

    [Theory]
    [InlineData(null, null, "bucket", "https://s3.us-east-1.amazonaws.com/", "us-east-1", true, false)]
    [InlineData(null, "eu-central-1", "bucket", "https://s3.eu-central-1.amazonaws.com/", "eu-central-1", true, false)]
    [InlineData(null, "cn-north-1", "bucket", "https://s3.cn-north-1.amazonaws.com.cn/", "cn-north-1", true, false)]
    [InlineData(null, null, "dotted.bucket", "https://s3.us-east-1.amazonaws.com/", "us-east-1", true, true)]
    [InlineData("https://s3.eu-west-1.amazonaws.com", null, "bucket", "https://s3.eu-west-1.amazonaws.com/", "eu-west-1", true, false)]
    [InlineData("https://s3.amazonaws.com", null, "bucket", "https://s3.amazonaws.com/", "us-east-1", true, false)]
    [InlineData("https://s3.example.com:9000/base", null, "bucket", "https://s3.example.com:9000/base", "auto", false, true)]
    [InlineData("https://s3.example.com", "ru-1", "Bucket_1", "https://s3.example.com/", "ru-1", false, true)]
    [InlineData("https://s3.amazonaws.com.evil.example", null, "bucket", "https://s3.amazonaws.com.evil.example/", "auto", false, true)]
    [InlineData("https://evils3.amazonaws.com", null, "bucket", "https://evils3.amazonaws.com/", "auto", false, true)]
    public void S3_is_found_by_endpoint_and_region(string? endpoint, string? region, string bucket, string address, string signed, bool isAws, bool isPathStyle)
    {
        var spec = Assert.IsType<S3Spec>(Resolve(Fields("s3") with { Bucket = bucket, Endpoint = endpoint, Region = region }).Spec);

        Assert.Equal((address, signed, isAws, isPathStyle), (spec.Endpoint.AbsoluteUri, spec.Region, spec.IsAws, spec.IsPathStyle));
    }

    [Theory]
    [InlineData(null, null, "https://acc0123.r2.cloudflarestorage.com/")]
    [InlineData(null, "default", "https://acc0123.r2.cloudflarestorage.com/")]
    [InlineData(null, "eu", "https://acc0123.eu.r2.cloudflarestorage.com/")]
    [InlineData(null, "fedramp", "https://acc0123.fedramp.r2.cloudflarestorage.com/")]
    [InlineData(null, "us", "https://acc0123.us.r2.cloudflarestorage.com/")]
    [InlineData("https://store.example/{account}/{jurisdiction}", null, "https://store.example/acc0123/default")]
    [InlineData("https://store.example", "eu", "https://store.example/")]
    public void R2_is_found_by_account_and_jurisdiction(string? template, string? jurisdiction, string address)
    {
        var spec = Assert.IsType<S3Spec>(Resolve(Fields("r2") with { Jurisdiction = jurisdiction }, new StoreSettings { R2Endpoint = template }).Spec);

        Assert.Equal((address, "auto", false, true), (spec.Endpoint.AbsoluteUri, spec.Region, spec.IsAws, spec.IsPathStyle));
    }

    [Fact]
    public void Gcs_is_found_where_google_is_or_where_the_operator_says()
    {
        var fields = new StoreFields("gcs", "bucket") { ClientEmail = "a@b", PrivateKey = "pem" };

        var google = Assert.IsType<GcsSpec>(Resolve(fields).Spec);
        var own = Assert.IsType<GcsSpec>(Resolve(fields, new StoreSettings { GcsEndpoint = "https://gcs.example", GcsTokenEndpoint = "https://token.example/t" }).Spec);

        Assert.Equal(("https://storage.googleapis.com/", "https://oauth2.googleapis.com/token"), (google.Endpoint.AbsoluteUri, google.TokenEndpoint.AbsoluteUri));
        Assert.Equal(("https://gcs.example/", "https://token.example/t"), (own.Endpoint.AbsoluteUri, own.TokenEndpoint.AbsoluteUri));
    }

    [Theory]
    [InlineData("endpoint", "not an address")]
    [InlineData("endpoint", "/relative")]
    [InlineData("endpoint", "https://user:pass@store.example")]
    [InlineData("endpoint", "https://store.example?")]
    [InlineData("endpoint", "https://store.example#")]
    [InlineData("region", "eu west")]
    [InlineData("region", "evil.example/#")]
    [InlineData("region", "us-east-1\r\nX: y")]
    [InlineData("bucket", "")]
    [InlineData("bucket", "a/b")]
    [InlineData("bucket", "..")]
    [InlineData("bucket", "a\nb")]
    [InlineData("vendor", "azure")]
    [InlineData("secret/accessKeyId", "")]
    [InlineData("secret/accessKeyId", "id\r\nX: y")]
    [InlineData("secret/secretAccessKey", "")]
    public void The_field_that_is_wrong_is_named(string member, string value)
    {
        var fields = Fields("s3");
        fields = member switch
        {
            "endpoint" => fields with { Endpoint = value },
            "region" => fields with { Region = value },
            "bucket" => fields with { Bucket = value },
            "vendor" => fields with { Vendor = value },
            "secret/accessKeyId" => fields with { AccessKeyId = value },
            _ => fields with { SecretAccessKey = value },
        };

        var resolution = Resolve(fields);

        Assert.Equal((null, member, false), (resolution.Spec, resolution.Member, resolution.IsRefused));
        Assert.NotNull(resolution.Reason);
    }

    [Theory]
    [InlineData("http://store.example")]
    [InlineData("https://127.0.0.1:9000")]
    [InlineData("https://169.254.169.254")]
    [InlineData("ftp://store.example")]
    public void An_endpoint_that_is_not_allowed_is_refused_as_such(string endpoint)
    {
        var resolution = Resolve(Fields("s3") with { Endpoint = endpoint });

        Assert.Equal((null, "endpoint", true), (resolution.Spec, resolution.Member, resolution.IsRefused));
        Assert.Equal(new Uri(endpoint).Host, resolution.Endpoint!.Host);
    }

    [Fact]
    public void Nothing_secret_is_printed()
    {
        var fields = Fields("s3") with { PrivateKey = "pem-secret" };
        var resolution = Resolve(fields);

        Assert.DoesNotContain("secret", $"{fields} {resolution} {resolution.Spec}", StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("AKID", $"{fields} {resolution} {resolution.Spec}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_aws_a_bucket_in_another_region_is_found_there_and_never_where_a_location_points()
    {
        var aws = new Answers(
            (HttpStatusCode.MovedPermanently, "eu-west-2"),
            (HttpStatusCode.OK, null),
            (HttpStatusCode.OK, null));
        using var http = new StoreHttp(aws);
        var store = new S3Store(http, (S3Spec)Resolve(Fields("s3")).Spec!, TimeProvider.System);

        await store.DeleteAsync("k", TestContext.Current.CancellationToken);
        await store.DeleteAsync("k", TestContext.Current.CancellationToken);

        Assert.Equal(
            ["https://bucket.s3.us-east-1.amazonaws.com/k", "https://bucket.s3.eu-west-2.amazonaws.com/k", "https://bucket.s3.eu-west-2.amazonaws.com/k"],
            aws.Asked);
    }

    [Theory]
    [InlineData("evil.example/x")]
    [InlineData("EU-WEST-2")]
    [InlineData("us-east-1")]
    [InlineData(null)]
    public async Task A_redirect_that_leads_nowhere_is_refused(string? region)
    {
        var aws = new Answers((HttpStatusCode.MovedPermanently, region), (HttpStatusCode.OK, null));
        using var http = new StoreHttp(aws);
        var store = new S3Store(http, (S3Spec)Resolve(Fields("s3")).Spec!, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.DeleteAsync("k", TestContext.Current.CancellationToken));

        Assert.Equal((StoreFault.Permanent, 1), (failure.Fault, aws.Asked.Count));
    }

    private static StoreFields Fields(string vendor) => new(vendor, "bucket") { AccessKeyId = "AKID", SecretAccessKey = "the-secret" };

    private static StoreResolution Resolve(StoreFields fields, StoreSettings? settings = null) =>
        new StoreResolver(settings ?? new StoreSettings(), new EndpointGuard([])).Resolve(Account, fields);

    private sealed class Answers(params (HttpStatusCode Status, string? Region)[] script) : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var (status, region) = script[Asked.Count];
            Asked.Add(request.RequestUri!.AbsoluteUri);
            var response = new HttpResponseMessage(status) { Content = new ByteArrayContent([]), RequestMessage = request };
            response.Headers.Location = new Uri("http://169.254.169.254/");
            if (region is not null)
            {
                response.Headers.TryAddWithoutValidation("x-amz-bucket-region", region);
            }

            return Task.FromResult(response);
        }
    }
}
