using System.Text;
using System.Text.Json;
using Longhaul.Hosting.Bodies;

namespace Longhaul.Lists.Items;

/// <summary>Which members the object of a kind has and of which type; everything else cannot be decoded.</summary>
internal sealed class ItemShape(string kind, params (string Name, ItemMemberType Type)[] members)
{
    private readonly byte[][] _names = [.. members.Select(member => Encoding.UTF8.GetBytes(member.Name))];
    private readonly string _known = string.Join(", ", members.Select(member => $"'{member.Name}'"));

    public string PathTo(int member) => $"/{kind}/{members[member].Name}";

    /// <summary>
    /// Reads the member whose name the reader stands on and stops at its value. The number is its place in the shape; a null
    /// counts as absent and has the number -1.
    /// </summary>
    public ItemFault? ReadMember(ref Utf8JsonReader reader, ref int seen, out int member)
    {
        member = JsonStrings.HasForbidden(in reader) ? -1 : Find(in reader);
        if (member < 0 || (seen & (1 << member)) != 0)
        {
            return RefuseName(in reader, isKnown: member >= 0);
        }

        seen |= 1 << member;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            member = -1;
            return null;
        }

        if (!IsOfType(in reader, members[member].Type))
        {
            return RefuseType(in reader, member);
        }

        return JsonStrings.HasForbidden(in reader)
            ? ItemFault.InvalidJson($"a string in '{members[member].Name}' has U+0000 or a lone surrogate", PathTo(member))
            : null;
    }

    private int Find(in Utf8JsonReader reader)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            if (reader.ValueTextEquals(_names[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsOfType(in Utf8JsonReader reader, ItemMemberType type) => type switch
    {
        ItemMemberType.Text => reader.TokenType == JsonTokenType.String,
        ItemMemberType.Flag => reader.TokenType is JsonTokenType.True or JsonTokenType.False,
        _ => reader.TokenType == JsonTokenType.Number && IsInteger(reader.ValueSpan),
    };

    /// <summary>A number without fraction and exponent, however large.</summary>
    public static bool IsInteger(ReadOnlySpan<byte> number) => number.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0;

    private ItemFault RefuseName(in Utf8JsonReader reader, bool isKnown)
    {
        var name = StrictJson.Quote(reader.ValueSpan);
        return ItemFault.InvalidJson(
            isKnown ? $"repeated member {name} in '{kind}'" : $"unknown member {name} in '{kind}'; there can only be {_known}",
            StrictJson.Pointer($"/{kind}", in reader));
    }

    private ItemFault RefuseType(in Utf8JsonReader reader, int member)
    {
        var expected = members[member].Type switch
        {
            ItemMemberType.Text => "a string",
            ItemMemberType.Flag => "true or false",
            _ => "an integer without fraction or exponent",
        };
        var sent = reader.TokenType == JsonTokenType.Number
            ? StrictJson.Quote(reader.ValueSpan)
            : StrictJson.Describe(reader.TokenType);
        return ItemFault.InvalidJson($"'{members[member].Name}' must be {expected}, not {sent}", PathTo(member));
    }
}
