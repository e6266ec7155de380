using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>
/// How far a client has come in a stream of events: everything that changed before the instant was sent. Opaque to clients.
/// </summary>
/// <param name="At">The instant, in milliseconds since 1970.</param>
/// <param name="IsEnd">True when it is the last event of a stream of one operation.</param>
internal readonly record struct EventPosition(long At, bool IsEnd)
{
    private const char Going = 'e';
    private const char End = 'f';
    private const long SlackMilliseconds = 60_000;

    /// <summary>
    /// What changed from here on is sent again: clocks of nodes differ, and a commit becomes visible later than it was stamped.
    /// </summary>
    public long Since => At - SlackMilliseconds;

    /// <summary>The position that a reconnecting client names; null for none, or for one that is not ours.</summary>
    public static EventPosition? Read(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString();
        return PageToken.TryRead(Going, text, out var at)
            ? new EventPosition(at, false)
            : PageToken.TryRead(End, text, out at) ? new EventPosition(at, true) : null;
    }

    public override string ToString() => PageToken.Write(IsEnd ? End : Going, At);
}
