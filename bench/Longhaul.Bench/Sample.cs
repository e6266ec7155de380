using System.Globalization;
using System.Text;

namespace Longhaul.Bench;

/// <summary>Random public IPv4 addresses, always the same ones.</summary>
internal static class Sample
{
    public static uint[] Addresses(int count, bool isSorted)
    {
        var random = new Random(20_261_124);
        var seen = new HashSet<uint>();
        while (seen.Count < count)
        {
            seen.Add((uint)random.NextInt64(0x0100_0000, 0xE000_0000));
        }

        var addresses = seen.ToArray();
        if (isSorted)
        {
            Array.Sort(addresses);
        }

        return addresses;
    }

    /// <summary>Distinct IPv4 ranges of /16 to /32, most of them small, with addresses of the same sample in about half of them.</summary>
    public static byte[] RangesJson(int count)
    {
        var random = new Random(7);
        var text = new StringBuilder("[");
        var seen = new HashSet<(uint, int)>();
        while (seen.Count < count)
        {
            var length = 32 - (int)Math.Floor(Math.Sqrt(random.NextDouble()) * 12);
            var start = (uint)random.NextInt64(0x0100_0000, 0xE000_0000) & (uint.MaxValue << (32 - length));
            if (seen.Add((start, length)))
            {
                text.Append(text.Length > 1 ? "," : "").Append("{\"ip\":\"").Append(Text(start)).Append(length == 32 ? "" : $"/{length}").Append("\"}");
            }
        }

        return Encoding.ASCII.GetBytes(text.Append(']').ToString());
    }

    public static string Text(uint address) => string.Create(
        CultureInfo.InvariantCulture, $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");

    public static byte[] Json(uint[] addresses)
    {
        var text = new StringBuilder("[");
        foreach (var address in addresses)
        {
            text.Append(text.Length > 1 ? "," : "").Append("{\"ip\":\"").Append(Text(address)).Append("\"}");
        }

        return Encoding.ASCII.GetBytes(text.Append(']').ToString());
    }
}
