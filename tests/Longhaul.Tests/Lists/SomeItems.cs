using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Longhaul.Tests.Lists;

/// <summary>Bodies whose content does not matter, the same for the same seed.</summary>
internal static class SomeItems
{
    /// <summary>Distinct addresses in no order, two thirds of them IPv4.</summary>
    public static byte[] Body(int count, int seed = 1, string? comment = null)
    {
        var random = new Random(seed);
        var body = new StringBuilder("[");
        for (var i = 0; i < count; i++)
        {
            body.Append(i == 0 ? "" : ",").Append("{\"ip\":\"").Append(Address(i, random)).Append('"');
            if (comment is not null)
            {
                body.Append(CultureInfo.InvariantCulture, $",\"comment\":\"{comment} {i}\"");
            }

            body.Append('}');
        }

        return Encoding.UTF8.GetBytes(body.Append(']').ToString());
    }

    private static IPAddress Address(int i, Random random)
    {
        // An odd factor permutes the numbers: no order, no duplicates.
        var scattered = (uint)i * 2_654_435_761u;
        if (i % 3 != 0)
        {
            Span<byte> version4 = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(version4, scattered);
            return new IPAddress(version4);
        }

        Span<byte> version6 = stackalloc byte[16];
        random.NextBytes(version6);
        version6[0] = 0x20;
        BinaryPrimitives.WriteUInt32BigEndian(version6[4..], scattered);
        return new IPAddress(version6);
    }
}
