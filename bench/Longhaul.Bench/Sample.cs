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
