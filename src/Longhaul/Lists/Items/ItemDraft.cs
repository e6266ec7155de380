using System.Text.Json;
using Longhaul.Hosting.Bodies;

namespace Longhaul.Lists.Items;

/// <summary>One item while it is being read; used again for the next, so that none costs an allocation.</summary>
internal sealed class ItemDraft
{
    public const int MaxCommentLength = 500;

    // A code point is at most two escapes of six bytes, and no shorter form grows when it is written anew.
    private const int MaxCommentBytes = MaxCommentLength * 12;

    // A little more than messages show, so that they see that it goes on.
    private const int MaxShownBytes = 80;

    private const int MaxEscapeLength = 6;

    private readonly byte[] _comment = new byte[MaxCommentBytes];
    private readonly byte[] _unescaped = new byte[MaxCommentBytes];
    private readonly ByteBuffer _text = new(256);
    private readonly ByteBuffer _sentValue = new(MaxShownBytes);
    private readonly ByteBuffer _keptValue = new(MaxShownBytes);
    private readonly byte[] _key = new byte[SortKeys.MaxTextLength];
    private byte[] _payload = new byte[256];
    private int _keyLength;
    private int _commentLength;

    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>The kind's member with its canonical value as JSON, such as <c>"ip":"192.0.2.1"</c>.</summary>
    public ByteBuffer Member { get; } = new(256);

    /// <summary>Room for the canonical value of a kind that puts it together from text.</summary>
    public ByteBuffer Canonical { get; } = new(256);

    /// <summary>Room for where a redirect leads to.</summary>
    public ByteBuffer Target { get; } = new(256);

    /// <summary>The value is kept otherwise than it was sent.</summary>
    public bool IsChanged => _keptValue.Length > 0;

    /// <summary>The value that was refused or changed, as it was sent; long ones only in part, empty when there is none to show.</summary>
    public ReadOnlySpan<byte> SentValue => _sentValue.Written;

    /// <summary>What a changed value was made into; a long one only in part.</summary>
    public ReadOnlySpan<byte> KeptValue => _keptValue.Written;

    /// <summary>A value was refused, which may be empty, as against a fault of an item as a whole.</summary>
    public bool HasFaultyValue { get; private set; }

    public void Clear()
    {
        Member.Clear();
        Canonical.Clear();
        Target.Clear();
        _sentValue.Clear();
        _keptValue.Clear();
        HasFaultyValue = false;
        _keyLength = 0;
        _commentLength = -1;
    }

    public void SetKey(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_key);
        _keyLength = key.Length;
    }

    public void SetTextKey(ReadOnlySpan<byte> canonical) => _keyLength = SortKeys.WriteText(canonical, _key);

    /// <summary>The string that the reader stands on, without escapes, until the next is read; false when it is longer.</summary>
    public bool TryReadText(ref Utf8JsonReader reader, int maxLength, out ReadOnlySpan<byte> text)
    {
        text = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
        {
            return text.Length <= maxLength;
        }

        if (text.Length > maxLength * MaxEscapeLength)
        {
            return false;
        }

        _text.Clear();
        _text.AppendText(ref reader);
        text = _text.Written;
        return text.Length <= maxLength;
    }

    public void SetFaultyValue(ReadOnlySpan<byte> sent)
    {
        Show(sent, _sentValue);
        HasFaultyValue = true;
    }

    /// <summary>Remembers what a value was made into where that is not what was sent.</summary>
    public void NoteChange(ReadOnlySpan<byte> sent, ReadOnlySpan<byte> kept)
    {
        if (!sent.SequenceEqual(kept))
        {
            Show(sent, _sentValue);
            Show(kept, _keptValue);
        }
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
        var length = Member.Length + 2 + (_commentLength < 0 ? 0 : _commentLength + 13);
        if (_payload.Length < length)
        {
            _payload = new byte[Math.Max(length, _payload.Length * 2)];
        }

        var payload = _payload.AsSpan(0, length);
        payload[0] = (byte)'{';
        Member.Written.CopyTo(payload[1..]);
        if (_commentLength >= 0)
        {
            var tail = payload[(1 + Member.Length)..];
            ",\"comment\":\""u8.CopyTo(tail);
            _comment.AsSpan(0, _commentLength).CopyTo(tail[12..]);
            tail[^2] = (byte)'"';
        }

        payload[^1] = (byte)'}';
        return payload;
    }

    private static void Show(ReadOnlySpan<byte> value, ByteBuffer shown)
    {
        shown.Clear();
        shown.Append(value[..Math.Min(value.Length, MaxShownBytes)]);
    }
}
