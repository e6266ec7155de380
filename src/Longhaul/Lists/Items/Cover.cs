namespace Longhaul.Lists.Items;

/// <summary>What of a list may cover a value: the keys of the candidates, the most specific first.</summary>
/// <param name="Keys">Each may or may not be in the list.</param>
internal sealed record Cover(IReadOnlyList<byte[]> Keys)
{
    /// <summary>The address or range that is looked for, where it is one.</summary>
    public IpValue? Address { get; init; }

    /// <summary>Whether the payload of the candidate at a place really covers the value; null where its key says so.</summary>
    public Func<int, byte[], bool>? Check { get; init; }

    /// <summary>Puts found candidates, which come in any order, into that of the keys.</summary>
    public IReadOnlyList<ListItem> Order(IReadOnlyList<ListItem> found)
    {
        var covering = new List<ListItem>(found.Count);
        for (var i = 0; i < Keys.Count && covering.Count < found.Count; i++)
        {
            foreach (var item in found)
            {
                if (item.SortKey.AsSpan().SequenceEqual(Keys[i]) && Check?.Invoke(i, item.Payload) != false)
                {
                    covering.Add(item);
                }
            }
        }

        return covering;
    }
}
