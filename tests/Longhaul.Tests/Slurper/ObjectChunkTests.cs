using Longhaul.Slurper;
using Longhaul.Slurper.Copying;

namespace Longhaul.Tests.Slurper;

/// <summary>What is stored of objects comes back as it was.</summary>
public sealed class ObjectChunkTests
{
    [Fact]
    public void Objects_come_back_as_they_were()
    {
        CopyItem[] items =
        [
            new("a", 0, "e", null), new("/ä//😀 +%\n", long.MaxValue - 1, null, "GLACIER"), new(new string('k', 1_024), -1, null, null),
        ];

        Assert.Equal(items, ObjectChunk.Decode(ObjectChunk.Encode(items)));
        Assert.Empty(ObjectChunk.Decode(ObjectChunk.Encode([])));
        Assert.Empty(ObjectChunk.Decode([]));
    }

    [Fact]
    public void A_form_that_is_not_known_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => ObjectChunk.Decode([9, 1, 2]));
    }

    [Fact]
    public void Objects_are_cut_into_chunks_by_number_and_by_size_and_none_is_lost()
    {
        var items = Enumerable.Range(0, 1_000).Select(i => new CopyItem($"k{i}", i % 7 == 0 ? 100L << 20 : 10, null, null)).ToList();

        var chunks = JobIntake.Cut(items, 50);

        Assert.Equal(items, chunks.SelectMany(c => ObjectChunk.Decode(c.Payload)));
        Assert.All(chunks, c => Assert.InRange(c.ItemCount, 1, JobIntake.ChunkObjects));
        var next = 50L;
        foreach (var chunk in chunks)
        {
            Assert.Equal(next, chunk.FirstIndex);
            next += chunk.ItemCount;
            var objects = ObjectChunk.Decode(chunk.Payload);
            Assert.True(objects.Count == 1 || objects.Sum(o => o.Size) <= 256L << 20);
        }
    }
}
