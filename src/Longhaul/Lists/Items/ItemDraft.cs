using System.Text.Json;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists.Items;

/// <summary>One item while it is being read; used again for the next, so that none costs an allocation.</summary>
internal sealed class ItemDraft
{
    public const int MaxCommentLength = 500;

    // A code point is at most two escapes of six bytes, and no shorter form grows when it is written anew.
    private const int MaxCommentBytes = MaxCommentLength * 12;

    private readonly byte[] _comment = new byte[MaxCommentBytes];
    private readonly byte[] _unescaped = new byte[MaxCommentBytes];
    private byte[] _key = new byte[32];
    private byte[] _member = new byte[64];
    private byte[] _payload = new byte[256];
    private int _keyLength;
    private int _memberLength;
    private int _commentLength;

    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    public void Clear()
    {
        _keyLength = 0;
        _memberLength = 0;
        _commentLength = -1;
    }

    public void SetKey(ReadOnlySpan<byte> key)
    {
        Copy(key, ref _key);
        _keyLength = key.Length;
    }

    /// <summary>The kind's member with its canonical value as JSON, such as <c>"ip":"192.0.2.1"</c>.</summary>
    public void SetMember(ReadOnlySpan<byte> json)
    {
        Copy(json, ref _member);
        _memberLength = json.Length;
    }

    /// <summary>Takes the comment that the reader stands on; false when it is too long.</summary>
    public bool TrySetComment(ref Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        if (raw.Length > MaxCommentBytes)
        {
            return false;
        }

        if (!reader.ValueIsEscaped)
        {
            raw.CopyTo(_comment);
            _commentLength = raw.Length;
            return raw.Length <= MaxCommentLength || JsonStrings.CountCodePoints(raw) <= MaxCommentLength;
        }

        // Written anew, so that two spellings of one comment are not taken for a change of the item.
        var text = _unescaped.AsSpan(0, reader.CopyString(_unescaped));
        _commentLength = JsonStrings.Escape(text, _comment);
        return JsonStrings.CountCodePoints(text) <= MaxCommentLength;
    }

    /// <summary>The members that are echoed; valid until the next item.</summary>
    public ReadOnlySpan<byte> BuildPayload()
    {
        var length = _memberLength + 2 + (_commentLength < 0 ? 0 : _commentLength + 13);
        if (_payload.Length < length)
        {
            _payload = new byte[Math.Max(length, _payload.Length * 2)];
        }

        var payload = _payload.AsSpan(0, length);
        payload[0] = (byte)'{';
        _member.AsSpan(0, _memberLength).CopyTo(payload[1..]);
        if (_commentLength >= 0)
        {
            var tail = payload[(1 + _memberLength)..];
            ",\"comment\":\""u8.CopyTo(tail);
            _comment.AsSpan(0, _commentLength).CopyTo(tail[12..]);
            tail[^2] = (byte)'"';
        }

        payload[^1] = (byte)'}';
        return payload;
    }

    private static void Copy(ReadOnlySpan<byte> source, ref byte[] target)
    {
        if (target.Length < source.Length)
        {
            target = new byte[source.Length];
        }

        source.CopyTo(target);
    }
}
