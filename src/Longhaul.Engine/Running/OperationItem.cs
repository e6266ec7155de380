using System.Globalization;
using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Running;

/// <summary>One item of an operation, as its kind reads it.</summary>
/// <typeparam name="TItem">What the kind makes of the item's JSON.</typeparam>
/// <param name="Operation">The operation, as it was when the item's chunk was leased.</param>
/// <param name="Index">The item's place in the input, from 0.</param>
/// <param name="Value">The item.</param>
public readonly record struct OperationItem<TItem>(Operation Operation, long Index, TItem Value)
{
    /// <summary>
    /// The same text whenever the item is done again, and no other item's: what a target outside this database gets as its idempotency
    /// key. 32 hexadecimal digits, a hyphen and the index.
    /// </summary>
    public string Identity => string.Create(CultureInfo.InvariantCulture, $"{Operation.Id.Value}-{Index}");
}
