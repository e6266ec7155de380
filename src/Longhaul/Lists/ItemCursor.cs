using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Longhaul.Lists;

/// <summary>A place in a chain of pages: the list and the search it belongs to, the revision all its pages show, and a key.</summary>
internal sealed record ItemCursor(long List, long Revision, bool IsBackward, int SearchHash, byte[] Key)
{
    private const byte Form = 1;
    private const int HeaderLength = 22;
    private const int MaxLength = 2_048;

    public static int Hash(string search, bool isExact) =>
        BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{isExact}:{search}")));

    public static ItemCursor? Parse(string text)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= HeaderLength || bytes[0] != Form || bytes[1] > 1)
        {
            return null;
        }

        return new ItemCursor(
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(2)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(10)),
            bytes[1] == 1,
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(18)),
            bytes[HeaderLength..]);
    }

    public override string ToString()
    {
        var bytes = new byte[HeaderLength + Key.Length];
        bytes[0] = Form;
        bytes[1] = (byte)(IsBackward ? 1 : 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2), List);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(10), Revision);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), SearchHash);
        Key.CopyTo(bytes.AsSpan(HeaderLength));
        return Base64Url.EncodeToString(bytes);
    }
}
