namespace Longhaul.Lists.Items;

/// <summary>What is common to host names, in whatever kind of item they stand.</summary>
internal static class HostName
{
    public const int MaxLength = 253;

    private const int MaxLabelLength = 63;
    private const int AddressLabels = 4;

    /// <summary>Labels of letters, digits and inner hyphens with dots between them, in either case.</summary>
    public static bool IsValid(ReadOnlySpan<byte> text, out int labelCount)
    {
        labelCount = 0;
        if (text.Length > MaxLength)
        {
            return false;
        }

        while (true)
        {
            var dot = text.IndexOf((byte)'.');
            labelCount++;
            if (!IsLabel(dot < 0 ? text : text[..dot]))
            {
                return false;
            }

            if (dot < 0)
            {
                return true;
            }

            text = text[(dot + 1)..];
        }
    }

    /// <summary>
    /// Four numbers are taken for an address even where one of them is too large or has leading zeros: no domain has such a name,
    /// and some programs read it as an address all the same.
    /// </summary>
    public static bool IsAddress(ReadOnlySpan<byte> name, int labelCount) =>
        labelCount == AddressLabels && name.IndexOfAnyExceptInRange((byte)'.', (byte)'9') < 0;

    private static bool IsLabel(ReadOnlySpan<byte> label)
    {
        if (label.Length is 0 or > MaxLabelLength || label[0] == '-' || label[^1] == '-')
        {
            return false;
        }

        foreach (var unit in label)
        {
            if (!char.IsAsciiLetterOrDigit((char)unit) && unit != '-')
            {
                return false;
            }
        }

        return true;
    }
}
