using System.Diagnostics.CodeAnalysis;

namespace Longhaul.Engine.Operations;

/// <summary>What the engine declines, and nothing else: faults are exceptions, failed work is data.</summary>
public enum RefusalCode
{
    /// <summary>No operation of this id is known, or it has expired.</summary>
    UnknownOperation,

    /// <summary>The lane holds as many pending operations as it may.</summary>
    LaneFull,

    /// <summary>The account has as much stored input of unfinished operations as it may.</summary>
    AccountFull,

    /// <summary>The idempotency key was used with a different request.</summary>
    KeyReused,

    /// <summary>The action is not possible in the state that the operation is in.</summary>
    WrongState,
}

/// <summary>A request that was understood and declined.</summary>
/// <param name="Code">Which rule declined it.</param>
/// <param name="Detail">One sentence that names the thing, the value and the way out.</param>
public sealed record Refusal(RefusalCode Code, string Detail);

/// <summary>A value, or the refusal that stands in its place.</summary>
/// <typeparam name="T">The value of the good case.</typeparam>
public readonly struct Result<T>
    where T : class
{
    private readonly T? _value;
    private readonly Refusal? _refusal;

    private Result(T? value, Refusal? refusal)
    {
        _value = value;
        _refusal = refusal;
    }

    /// <summary>Wraps a value.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>Wraps a refusal.</summary>
    public static implicit operator Result<T>(Refusal refusal) => new(null, refusal);

    /// <summary>True when the request was declined; then <paramref name="refusal"/> says why, else <paramref name="value"/> is there.</summary>
    public bool IsRefused([NotNullWhen(true)] out Refusal? refusal, [NotNullWhen(false)] out T? value)
    {
        refusal = _refusal;
        value = _value;
        return _refusal is not null;
    }
}
