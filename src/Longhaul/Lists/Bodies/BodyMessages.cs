using Longhaul.Hosting.Bodies;

namespace Longhaul.Lists.Bodies;

/// <summary>Collects one message per value that is kept otherwise than it was sent, up to a bound, and counts the rest.</summary>
internal sealed class BodyMessages(int maxReported)
{
    private readonly List<ListMessage> _reported = [];
    private int _count;

    public void AddCanonical(int index, string path, ReadOnlySpan<byte> sent, ReadOnlySpan<byte> kept)
    {
        if (++_count <= maxReported)
        {
            _reported.Add(new ListMessage(
                ListMessage.CanonicalCode,
                $"value at position {index} was made canonical: {StrictJson.Quote(sent)} is kept as {StrictJson.Quote(kept)}",
                $"/{index}{path}",
                index));
        }
    }

    public IReadOnlyList<ListMessage> ToList()
    {
        var more = _count - _reported.Count;
        return more == 0
            ? _reported
            : [.. _reported, new ListMessage(ListMessage.CanonicalCode, $"{more} more values were made canonical; they are not shown")];
    }
}
