using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>The worked examples of the vendor's page "Authenticating Requests: Using the Authorization Header".</summary>
public sealed class SigV4Tests
{
    private const string Host = "examplebucket.s3.amazonaws.com";
    private const string Timestamp = "20130524T000000Z";

    private readonly SigV4 _signer = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    [Fact]
    public void A_get_with_a_range_is_signed_as_documented() => Assert.EndsWith(
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        Sign("GET", "/test.txt", "", SigV4.EmptyPayload, ("range", "bytes=0-9")),
        StringComparison.Ordinal);

    [Fact]
    public void A_put_is_signed_as_documented() => Assert.EndsWith(
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        Sign(
            "PUT", "/" + ObjectPath.Encode("test$file.text"), "", SigV4.Hash("Welcome to Amazon S3."u8),
            ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")),
        StringComparison.Ordinal);

    [Fact]
    public void A_query_without_value_is_signed_as_documented() => Assert.EndsWith(
        "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        Sign("GET", "/", ObjectPath.Query(("lifecycle", "")), SigV4.EmptyPayload),
        StringComparison.Ordinal);

    [Fact]
    public void A_listing_is_signed_as_documented() => Assert.Equal(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
        + "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        Sign("GET", "/", ObjectPath.Query(("prefix", "J"), ("max-keys", "2")), SigV4.EmptyPayload));

    [Fact]
    public void A_cached_key_is_used_for_its_own_day_and_region_only()
    {
        var first = Sign("GET", "/", "", SigV4.EmptyPayload);
        var other = _signer.Sign("GET", "/", "", [new("host", Host)], SigV4.EmptyPayload, "20130525T000000Z", "us-east-1");
        var fresh = new SigV4("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

        Assert.Equal(fresh.Sign("GET", "/", "", [new("host", Host)], SigV4.EmptyPayload, "20130525T000000Z", "us-east-1"), other);
        Assert.Equal(first, Sign("GET", "/", "", SigV4.EmptyPayload));
    }

    [Fact]
    public void Spaces_in_a_row_and_around_a_value_count_as_the_vendor_counts_them() => Assert.Equal(
        Sign("GET", "/", "", SigV4.EmptyPayload, ("x-amz-meta-a", "b c d")),
        Sign("GET", "/", "", SigV4.EmptyPayload, ("x-amz-meta-a", "  b   c d\t")));

    [Theory]
    [InlineData("a/b-c._~9", "a/b-c._~9")]
    [InlineData("/lead//two/./../x/", "/lead//two/./../x/")]
    [InlineData("a+b c%20", "a%2Bb%20c%2520")]
    [InlineData("é\n*'()!", "%C3%A9%0A%2A%27%28%29%21")]
    [InlineData("\U0001F600", "%F0%9F%98%80")]
    public void Keys_are_encoded_byte_for_byte(string key, string encoded)
    {
        Assert.Equal(encoded, ObjectPath.Encode(key));
        Assert.Equal("/" + encoded, ObjectPath.Address("https://host/" + encoded).PathAndQuery);
    }

    private string Sign(string method, string path, string query, string hash, params (string Name, string Value)[] more)
    {
        List<KeyValuePair<string, string>> headers =
        [
            new("host", Host),
            new("x-amz-content-sha256", hash),
            new("x-amz-date", Timestamp),
            .. more.Select(h => new KeyValuePair<string, string>(h.Name, h.Value)),
        ];
        headers.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return _signer.Sign(method, path, query, headers, hash, Timestamp, "us-east-1");
    }
}
