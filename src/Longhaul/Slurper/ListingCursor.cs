using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper;

/// <summary>
/// Where a listing stands; the cursor of the plan. One chain of pages: a range (<see cref="After"/>, <see cref="Until"/>] is all that a
/// parallel listing would add.
/// </summary>
internal sealed record ListingCursor
{
    /// <summary>Pages whose keys are remembered as a hash, to know a page that the store shows again.</summary>
    private const int RememberedPages = 8;

    /// <summary>Pages without a new key after which a store is not believed any more that its tokens lead somewhere.</summary>
    private const int MaxStalled = 1_000;

    /// <summary>The store's token of the next page; null for the first one, and where the token was given up for <see cref="After"/>.</summary>
    public string? Token { get; init; }

    /// <summary>The largest key so far, in the order of UTF-8 bytes; null before the first.</summary>
    public string? After { get; init; }

    /// <summary>Where the range ends; null for the end of the bucket.</summary>
    public string? Until { get; init; }

    /// <summary>Index of the next object in the operation.</summary>
    public long NextIndex { get; init; }

    /// <summary>Pages in a row that had no new key although their tokens moved on.</summary>
    public int Stalled { get; init; }

    /// <summary>Hashes of the last pages, base64.</summary>
    public IReadOnlyList<string> Pages { get; init; } = [];

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, CursorText.Default.ListingCursor);

    public static ListingCursor Parse(byte[] bytes) => bytes.Length == 0
        ? new ListingCursor()
        : JsonSerializer.Deserialize(bytes, CursorText.Default.ListingCursor) ?? new ListingCursor();

    /// <summary>
    /// Takes a page. Returns its new objects in byte order and the cursor behind it (null at the end), or a sentence that says why the
    /// store's answer cannot be gone on from.
    /// </summary>
    public (IReadOnlyList<ListedObject> Objects, ListingCursor? Next, string? Trouble) Take(ListedPage page)
    {
        if (page.NextToken is not null && page.NextToken == Token)
        {
            return ([], null, "the store's continuation token does not advance");
        }

        var objects = page.Objects.OrderBy(o => Encoding.UTF8.GetBytes(o.Key), ByteOrder.Comparer).ToList();
        var hash = Hash(objects);
        if (objects.Count > 0 && Pages.Contains(hash))
        {
            // The same keys once more, under a token that moves on: they are known.
            return page.NextToken is null
                ? ([], null, "the store repeats a page and calls it the last one")
                : Stall(page.NextToken);
        }

        // Some stores begin a page with the key that the last one ended with.
        var known = objects.Count > 0 && objects[0].Key == After ? 1 : 0;
        for (var i = known; i < objects.Count; i++)
        {
            if (After is not null && Compare(objects[i].Key, After) <= 0)
            {
                return ([], null, $"the store lists keys out of order: '{Shorten(objects[i].Key)}' after '{Shorten(After)}'");
            }

            if (i > 0 && objects[i].Key == objects[i - 1].Key)
            {
                return ([], null, $"the store lists the key '{Shorten(objects[i].Key)}' twice in one page");
            }
        }

        objects.RemoveRange(0, known);
        if (page.NextToken is null)
        {
            return (objects, null, null);
        }

        return objects.Count == 0
            ? Stall(page.NextToken)
            : (objects,
                this with
                {
                    Token = page.NextToken,
                    After = objects[^1].Key,
                    NextIndex = NextIndex + objects.Count,
                    Pages = [.. Pages.Append(hash).TakeLast(RememberedPages)],
                    Stalled = 0,
                },
                null);
    }

    // Tokens that move on and bring nothing may go on for ever.
    private (IReadOnlyList<ListedObject> Objects, ListingCursor? Next, string? Trouble) Stall(string token) => Stalled + 1 < MaxStalled
        ? ([], this with { Token = token, Stalled = Stalled + 1 }, null)
        : ([], null, $"the store has given {MaxStalled} pages in a row without a new key");

    private static int Compare(string left, string right) => ByteOrder.Comparer.Compare(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    private static string Shorten(string key) => key.Length <= 100 ? key : key[..100] + "…";

    private static string Hash(List<ListedObject> objects)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var item in objects)
        {
            var key = Encoding.UTF8.GetBytes(item.Key);
            BinaryPrimitives.WriteInt32LittleEndian(length, key.Length);
            hash.AppendData(length);
            hash.AppendData(key);
        }

        return Convert.ToBase64String(hash.GetHashAndReset());
    }

    private static class ByteOrder
    {
        public static Comparer<byte[]> Comparer { get; } = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));
    }
}

/// <summary>How a cursor is stored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ListingCursor))]
internal sealed partial class CursorText : JsonSerializerContext;
