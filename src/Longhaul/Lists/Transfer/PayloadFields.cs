using System.Buffers;
using System.Text.Json;

namespace Longhaul.Lists.Transfer;

/// <summary>Walks through a stored payload: the kind's member first, its value first in it.</summary>
internal static class PayloadFields
{
    /// <summary>Goes to the canonical value: the kind's member itself, or the first member of its object.</summary>
    public static void ToValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Read();
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            reader.Read();
            reader.Read();
        }
    }

    /// <summary>Goes from the value to the comment; false when there is none.</summary>
    public static bool ToComment(ref Utf8JsonReader reader)
    {
        while (reader.CurrentDepth > 1)
        {
            reader.Read();
        }

        return reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.Read();
    }

    /// <summary>Writes the string or number that the reader stands on, without quotes and escapes.</summary>
    public static void Copy(ref Utf8JsonReader reader, IBufferWriter<byte> output)
    {
        if (reader.ValueIsEscaped)
        {
            output.Advance(reader.CopyString(output.GetSpan(reader.ValueSpan.Length)));
        }
        else
        {
            output.Write(reader.ValueSpan);
        }
    }
}
