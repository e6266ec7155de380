using System.Diagnostics.CodeAnalysis;

namespace Longhaul.Lists.Bodies;

/// <summary>What came of reading a body: the value, or why not.</summary>
internal sealed class BodyReading<T>
    where T : class
{
    private BodyReading(T? value, IReadOnlyList<ListError> errors, bool isTooMany)
    {
        Value = value;
        Errors = errors;
        IsTooMany = isTooMany;
    }

    public T? Value { get; }

    /// <summary>In request order; empty with a value and when there were too many items.</summary>
    public IReadOnlyList<ListError> Errors { get; }

    /// <summary>More items than one request may bring: its own answer, not one of the errors.</summary>
    public bool IsTooMany { get; }

    public static BodyReading<T> Good(T value) => new(value, [], isTooMany: false);

    public static BodyReading<T> Bad(params IReadOnlyList<ListError> errors) => new(null, errors, isTooMany: false);

    public static BodyReading<T> TooMany() => new(null, [], isTooMany: true);

    public bool IsGood([NotNullWhen(true)] out T? value)
    {
        value = Value;
        return value is not null;
    }
}
