namespace Longhaul.Slurper.Copying;

/// <summary>
/// How many requests of a kind may be under way at once, found by trying. It doubles while that pays, until it first does not or the
/// store says that it is too much; from then on one more after each clean interval. Growing pays when the rate rises by at least a fifth
/// of what it would by were the store without limit; where it does not, the step is taken back and the next one put off. When the store
/// says that it is too much, the width falls to 0.7 of what it was, at most once per round trip. Not safe for concurrent use.
/// </summary>
/// <remarks>An interval lasts 100 ms at least, and until as many requests have ended as may be under way: a round trip of them all.</remarks>
internal sealed class AdaptiveWidth(long frequency)
{
    public const int First = 16;
    public const int Least = 1;
    public const int Most = 256;

    private const double Decrease = 0.7;
    private const double WorthOfLinear = 0.2;

    // Below an eighth more, the gain that would be worth it drowns in noise.
    private const double JudgedGrowth = 1.125;
    private const int PutOff = 10;

    private readonly long _interval = frequency / 10;
    private bool _isDoubling = true;
    private long? _since;
    private long _decreasedAt = long.MinValue;
    private int _ended;
    private bool _isFull;
    private bool _isClean = true;
    private int _hold;
    private int _baseWidth;
    private double _baseRate;

    /// <summary>Requests that may be under way at once.</summary>
    public int Width { get; private set; } = First;

    /// <summary>Takes note of a request that has ended.</summary>
    /// <param name="now">Timestamp.</param>
    /// <param name="wasFull">True when no further request could have been under way.</param>
    /// <param name="isClean">False when it failed for a reason that may pass.</param>
    public void Ended(long now, bool wasFull, bool isClean)
    {
        if (_since is not { } since)
        {
            Restart(now);
            return;
        }

        _ended++;
        _isFull |= wasFull;
        _isClean &= isClean;
        if (now - since >= _interval && _ended >= Width)
        {
            Judge(_ended / (double)(now - since));
            Restart(now);
        }
    }

    /// <summary>Takes note of an answer that asks for fewer requests, to one that was sent at the given timestamp.</summary>
    public void TooMuch(long now, long sentAt)
    {
        if (sentAt <= _decreasedAt)
        {
            // It was sent at the old width, which has been answered for.
            return;
        }

        _decreasedAt = now;
        _isDoubling = false;
        _hold = 0;
        _baseWidth = 0;
        Width = Math.Max(Least, (int)(Width * Decrease));
        Restart(now);
    }

    private void Judge(double rate)
    {
        if (!_isFull || !_isClean)
        {
            // Where the width was not used up, the rate says nothing about it.
            _baseWidth = 0;
            return;
        }

        if (_baseWidth > 0 && (_isDoubling || Width >= Math.Max(_baseWidth + 1, _baseWidth * JudgedGrowth)))
        {
            var linear = (Width - _baseWidth) / (double)_baseWidth;
            var gain = (rate / _baseRate) - 1;
            if (gain < linear * WorthOfLinear)
            {
                Width = _baseWidth;
                _baseWidth = 0;
                _isDoubling = false;
                _hold = PutOff;
                return;
            }

            _baseWidth = 0;
        }

        if (_hold > 0)
        {
            _hold--;
            return;
        }

        if (Width >= Most)
        {
            return;
        }

        if (_baseWidth == 0)
        {
            _baseWidth = Width;
            _baseRate = rate;
        }

        Width = Math.Min(Most, _isDoubling ? Width * 2 : Width + 1);
    }

    private void Restart(long now)
    {
        _since = now;
        _ended = 0;
        _isFull = false;
        _isClean = true;
    }
}
