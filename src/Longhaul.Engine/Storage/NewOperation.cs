using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <summary>An operation to be made durable, with its input.</summary>
/// <param name="Operation">The operation before it has a place.</param>
/// <param name="LaneLimit">How many operations may be pending in its lane.</param>
/// <param name="ExclusiveKinds">Kinds of which the account may have no other unfinished operation.</param>
/// <param name="Chunks">The input, slice by slice; null for a kind that plans.</param>
/// <param name="Idempotency">The key under which a repetition gets the first answer again, or null.</param>
/// <param name="InputOf">The operation whose stored input is copied; then <paramref name="Chunks"/> has its shape only. Or null.</param>
/// <param name="RequestId">The request that submits, or null.</param>
/// <param name="PlanFrom">Where a plan goes on behind the chunks, or null.</param>
/// <param name="Within">Runs inside the transaction that creates it, or null.</param>
internal sealed record NewOperation(
    Operation Operation,
    long LaneLimit,
    IReadOnlyCollection<string> ExclusiveKinds,
    IReadOnlyList<ChunkInput>? Chunks,
    IdempotencyKey? Idempotency,
    OperationId? InputOf = null,
    string? RequestId = null,
    byte[]? PlanFrom = null,
    Func<DbSession, Operation, CancellationToken, ValueTask<Refusal?>>? Within = null);

/// <summary>One slice of an operation's input.</summary>
/// <param name="ItemCount">How many items it holds.</param>
/// <param name="FirstIndex">The index of its first item.</param>
/// <param name="Encode">Makes the stored bytes; called once.</param>
public sealed record ChunkInput(long ItemCount, long FirstIndex, Func<byte[]> Encode);

/// <summary>The key of a request that may be repeated.</summary>
/// <param name="Scope">SHA-256 of principal, method, path and key.</param>
/// <param name="Fingerprint">SHA-256 of method, path, query and body.</param>
/// <param name="Answer">Makes the answer that a repetition gets, from the operation as it was accepted.</param>
public sealed record IdempotencyKey(byte[] Scope, byte[] Fingerprint, Func<Operation, StoredAnswer> Answer);

/// <summary>The first answer to a request with an idempotency key.</summary>
/// <param name="Status">HTTP-like status.</param>
/// <param name="Location">Where the result is, or null.</param>
/// <param name="Body">The bytes that were answered.</param>
public sealed record StoredAnswer(int Status, string? Location, byte[] Body);

/// <summary>What became of a submission.</summary>
/// <param name="Operation">The operation, durable; null when the answer is a repetition.</param>
/// <param name="Replayed">The first answer, when the key had been used before with the same request.</param>
public sealed record Submitted(Operation? Operation, StoredAnswer? Replayed);
