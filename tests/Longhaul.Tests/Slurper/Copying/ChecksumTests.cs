using Longhaul.Slurper.Copying;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class ChecksumTests
{
    [Fact]
    public void CRC64_NVME_has_its_check_value()
        => Assert.Equal(0xAE8B14860A799888UL, Crc64Nvme.Append(0, "123456789"u8));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 100)]
    [InlineData(100, 0)]
    [InlineData(1, 1)]
    [InlineData(999, 70_001)]
    public void Two_checksums_make_the_one_of_the_whole(int first, int second)
    {
        var bytes = CopyScene.Bytes(first + second);
        var whole = Crc64Nvme.Append(0, bytes);

        Assert.Equal(whole, Crc64Nvme.Append(Crc64Nvme.Append(0, bytes.AsSpan(0, first)), bytes.AsSpan(first)));
        Assert.Equal(
            whole, Crc64Nvme.Combine(Crc64Nvme.Append(0, bytes.AsSpan(0, first)), Crc64Nvme.Append(0, bytes.AsSpan(first)), second));
    }

    [Theory]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e", true, 0)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-12", false, 12)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-", false, 0)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427g", false, 0)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-x", false, 0)]
    [InlineData("", false, 0)]
    [InlineData(null, false, 0)]
    public void The_form_of_an_ETag_says_what_it_may_be(string? etag, bool isPlain, int parts)
    {
        Assert.Equal(isPlain, ETags.IsPlain(etag));
        Assert.Equal(parts, ETags.Parts(etag));
    }
}
