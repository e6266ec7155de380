using System.Buffers;
using System.Globalization;
using Longhaul.Engine.Storage;

namespace Longhaul.Lists.Transfer;

/// <summary>An item per line as the item routes show it.</summary>
internal sealed class JsonLinesForm : ExportForm
{
    private const int IdLength = 32;
    private const int TimeLength = 20;
    private const int LongestFrame = 128;

    private readonly byte[] _created = new byte[TimeLength];
    private readonly byte[] _modified = new byte[TimeLength];
    private long _createdOn = long.MinValue;
    private long _modifiedOn = long.MinValue;

    public override void Write(ScannedRow row, ArrayBufferWriter<byte> output)
    {
        var id = row.Bytes(IdColumn);
        var payload = row.Bytes(PayloadColumn);
        var line = output.GetSpan(payload.Length + LongestFrame);
        var length = Put("{\"id\":\""u8, line);
        Convert.TryToHexStringLower(id, line[length..], out _);
        length += IdLength;
        length += Put("\","u8, line[length..]);

        // The payload is an object of ours on one line: its inside goes in as it is.
        length += Put(payload[1..^1], line[length..]);
        length += Put(",\"created_on\":\""u8, line[length..]);
        length += Put(Time(row.Number(CreatedOnColumn), ref _createdOn, _created), line[length..]);
        length += Put("\",\"modified_on\":\""u8, line[length..]);
        length += Put(Time(row.Number(ModifiedOnColumn), ref _modifiedOn, _modified), line[length..]);
        length += Put("\"}\n"u8, line[length..]);
        output.Advance(length);
    }

    private static int Put(ReadOnlySpan<byte> part, Span<byte> line)
    {
        part.CopyTo(line);
        return part.Length;
    }

    // Neighbours mostly came in one request.
    private static ReadOnlySpan<byte> Time(long seconds, ref long shown, byte[] text)
    {
        if (seconds != shown)
        {
            DateTimeOffset.FromUnixTimeSeconds(seconds).TryFormat(text, out _, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            shown = seconds;
        }

        return text;
    }
}
