using System.Text;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

public sealed class StoreXmlTests
{
    [Fact]
    public void An_encoded_listing_gives_exact_keys()
    {
        var listing = StoreXml.ReadListing(Bytes(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><KeyCount>3</KeyCount><IsTruncated>true</IsTruncated>
            <Contents><Key>a%2Bb+c%25%0A%01%2F</Key><Size>5</Size><ETag>&quot;abc&quot;</ETag><StorageClass>STANDARD</StorageClass><Owner><ID>x</ID></Owner></Contents>
            <Contents><Key>%C3%A9</Key><ETag>"d-2"</ETag><Size>6</Size><StorageClass>GLACIER</StorageClass></Contents>
            <Contents><Key>plain</Key><Size>0</Size></Contents><CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>
            <NextContinuationToken>t+/=</NextContinuationToken><EncodingType>url</EncodingType></ListBucketResult>
            """));

        Assert.Equal(
            [new("a+b c%\n\u0001/", 5, "abc", null), new("é", 6, "d-2", "GLACIER"), new("plain", 0, null, null)],
            listing.Objects);
        Assert.Equal((true, "t+/=", true), (listing.IsTruncated, listing.NextToken, listing.HasKeyCount));
    }

    [Fact]
    public void A_listing_of_a_store_that_does_not_encode_is_taken_as_it_stands()
    {
        var listing = StoreXml.ReadListing(Bytes(
            "<ListBucketResult><Contents><Key>a+b%20&#x1;&#13;</Key><Size>1</Size></Contents><Contents><Key>\u0002</Key><Size>1</Size></Contents></ListBucketResult>"));

        Assert.Equal(["a+b%20\u0001\r", "\u0002"], listing.Objects.Select(o => o.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<ListBucketResult><Contents><Key>a</Key>")]
    [InlineData("<html></html>")]
    [InlineData("<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>")]
    [InlineData("<ListBucketResult><Contents><Key>a</Key><Size>big</Size></Contents></ListBucketResult>")]
    [InlineData("<!DOCTYPE x [<!ENTITY e \"x\">]><ListBucketResult><Contents><Key>&e;</Key></Contents></ListBucketResult>")]
    public void An_answer_that_is_no_listing_is_an_error_that_passes(string body)
    {
        var failure = Assert.Throws<StoreException>(() => StoreXml.ReadListing(Bytes(body)));

        Assert.Equal(StoreFault.Passing, failure.Fault);
    }

    [Fact]
    public void An_error_is_read_and_anything_else_is_none()
    {
        Assert.Equal(new("SlowDown", "less", null), StoreXml.FindError(Bytes("\n<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>less</Message></Error>".TrimStart())));
        Assert.Null(StoreXml.FindError(Bytes("<CopyObjectResult><ETag>Error</ETag></CopyObjectResult>")));
        Assert.Null(StoreXml.FindError(Bytes("Error")));
        Assert.Null(StoreXml.FindError(default));
    }

    [Fact]
    public void Tags_parts_and_uploads_are_read_without_white_space_between_them()
    {
        var tags = StoreXml.ReadTags(Bytes("<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value/></Tag></TagSet></Tagging>"));
        var (parts, marker) = StoreXml.ReadParts(Bytes(
            "<ListPartsResult><NextPartNumberMarker>2</NextPartNumberMarker><IsTruncated>true</IsTruncated><Part><PartNumber>1</PartNumber><ETag>\"x\"</ETag><Size>5</Size></Part><Part><PartNumber>2</PartNumber><ETag>\"y\"</ETag></Part></ListPartsResult>"));
        var uploads = StoreXml.ReadUploads(Bytes(
            "<ListMultipartUploadsResult><EncodingType>url</EncodingType><Upload><Key>a%2F</Key><UploadId>u</UploadId><Initiated>2026-11-24T12:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>"));

        Assert.Equal([new("a", "1"), new("b", "")], tags);
        Assert.Equal([new(1, "x", 5), new(2, "y", -1)], parts);
        Assert.Equal("2", marker);
        Assert.Equal([("a/", new UnfinishedUpload("u", new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero)))], uploads.Uploads);
    }

    [Fact]
    public void What_is_written_is_escaped()
    {
        var tags = Encoding.UTF8.GetString(StoreXml.WriteTags([new("<&", "é")]));

        Assert.Equal("<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>&lt;&amp;</Key><Value>é</Value></Tag></TagSet></Tagging>", tags);
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
