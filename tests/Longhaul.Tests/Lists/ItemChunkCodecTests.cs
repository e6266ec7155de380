using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists;

public sealed class ItemChunkCodecTests
{
    private readonly ParsedItems _items =
        ItemsReader.Read(SomeItems.Body(2_500, comment: "é"), ItemKind.Ip, BodyLimits.Default).Value!;

    [Theory]
    [InlineData(0, 1_000)]
    [InlineData(1_000, 2_000)]
    [InlineData(2_499, 2_500)]
    [InlineData(7, 7)]
    [InlineData(0, 2_500)]
    public void A_stored_slice_reads_back_the_same(int from, int to)
    {
        var chunk = ItemChunkCodec.Decode(ItemChunkCodec.Encode(_items, from, to));

        Assert.Equal(to - from, chunk.Count);
        for (var i = 0; i < chunk.Count; i++)
        {
            Assert.Equal(_items.Index(from + i), chunk.Index(i));
            Assert.True(_items.Key(from + i).SequenceEqual(chunk.Key(i)));
            Assert.True(_items.Payload(from + i).SequenceEqual(chunk.Payload(i)));
        }
    }

    [Fact]
    public void A_slice_is_stored_in_less_than_half_its_size()
    {
        var raw = Enumerable.Range(0, 1_000).Sum(i => _items.Key(i).Length + _items.Payload(i).Length);

        Assert.True(ItemChunkCodec.Encode(_items, 0, 1_000).Length < raw / 2);
    }

    [Fact]
    public void A_slice_of_a_newer_version_is_refused()
    {
        var packed = ItemChunkCodec.Encode(_items, 0, 10);
        packed[0]++;

        Assert.Throws<InvalidDataException>(() => ItemChunkCodec.Decode(packed));
    }

    [Fact]
    public void A_damaged_slice_is_a_fault_that_says_so()
    {
        var random = new Random(17);
        var good = ItemChunkCodec.Encode(_items, 0, 50);
        for (var round = 0; round < 2_000; round++)
        {
            var damaged = good.AsSpan(0, random.Next(2) == 0 ? good.Length : random.Next(good.Length)).ToArray();
            if (damaged.Length > 0)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            var exception = Record.Exception(() => ItemChunkCodec.Decode(damaged));
            Assert.True(exception is null or InvalidDataException or EndOfStreamException, exception?.ToString());
        }
    }
}
