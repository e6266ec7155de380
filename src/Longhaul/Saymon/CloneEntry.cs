using System.Text;

namespace Longhaul.Saymon;

/// <summary>One row of a clone, ready to be written: an object, or a link with both its ends.</summary>
/// <param name="Original">The id of what it is a copy of.</param>
/// <param name="Id">Its own.</param>
/// <param name="Ends">Source and target of a link; null for an object.</param>
/// <param name="Stored">The document.</param>
internal sealed record CloneEntry(string Original, string Id, (string Source, string Target)? Ends, byte[] Stored)
{
    /// <summary>The payload of a chunk.</summary>
    public static byte[] Write(IReadOnlyCollection<CloneEntry> entries)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(entries.Count);
            foreach (var entry in entries)
            {
                writer.Write(entry.Original);
                writer.Write(entry.Id);
                writer.Write(entry.Ends?.Source ?? "");
                writer.Write(entry.Ends?.Target ?? "");
                writer.Write(entry.Stored.Length);
                writer.Write(entry.Stored);
            }
        }

        return stream.ToArray();
    }

    /// <summary>Reads a payload.</summary>
    public static List<CloneEntry> Read(byte[] payload)
    {
        using var reader = new BinaryReader(new MemoryStream(payload, writable: false), Encoding.UTF8);
        var count = reader.ReadInt32();
        var entries = new List<CloneEntry>(count);
        while (entries.Count < count)
        {
            var (original, id, source, target) = (reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString());
            entries.Add(new CloneEntry(original, id, source.Length == 0 ? null : (source, target), reader.ReadBytes(reader.ReadInt32())));
        }

        return entries;
    }
}
