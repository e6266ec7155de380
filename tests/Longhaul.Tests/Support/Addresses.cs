using System.Globalization;

namespace Longhaul.Tests.Support;

/// <summary>Addresses for tests, by number.</summary>
public static class Addresses
{
    public static string At(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{10 + (number >> 24)}.{(number >> 16) & 255}.{(number >> 8) & 255}.{number & 255}");

    public static IEnumerable<string> Range(int from, int count) => Enumerable.Range(from, count).Select(At);

    /// <summary>The order in which a list shows IPv4 addresses.</summary>
    public static IEnumerable<string> InOrder(IEnumerable<string> addresses) =>
        addresses.OrderBy(a => a.Split('.').Aggregate(0L, (sum, part) => (sum << 8) + int.Parse(part, CultureInfo.InvariantCulture)));
}
