using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>Abort, pause, resume, forget: each under the lock of the operation's row, like a settlement.</content>
internal sealed partial class OperationStore
{
    public Task<Result<Operation>> AbortAsync(OperationId id, IFinisher finisher, CancellationToken cancellationToken, Actor? by = null) =>
        ChangeAsync(
            id,
            finisher,
            operation =>
            {
                operation.RequestAbort();
                return null;
            },
            by,
            cancellationToken);

    public Task<Result<Operation>> PauseAsync(OperationId id, IFinisher finisher, CancellationToken cancellationToken, Actor? by = null) =>
        ChangeAsync(
            id,
            finisher,
            operation => operation.State == OperationState.Paused || operation.TryPause(Now) ? null : WrongState(operation, "paused"),
            by,
            cancellationToken);

    public Task<Result<Operation>> ResumeAsync(
        OperationId id,
        IFinisher finisher,
        CancellationToken cancellationToken,
        Actor? by = null,
        Func<DbSession, Operation, CancellationToken, ValueTask<Refusal?>>? within = null) =>
        ChangeAsync(
            id,
            finisher,
            operation => operation.State == OperationState.Running && !operation.IsAbortRequested || operation.TryResume()
                ? null
                : WrongState(operation, "resumed"),
            by,
            cancellationToken,
            within);

    /// <summary>Forgets a finished operation with all that it left.</summary>
    public Task<Result<Operation>> ForgetAsync(OperationId id, IFinisher finisher, CancellationToken cancellationToken) =>
        _database.WriteAsync<Result<Operation>>(
            async (session, token) =>
            {
                if (await LockAsync(session, id, token) is not { } operation)
                {
                    return Unknown(id);
                }

                if (!operation.State.IsFinal)
                {
                    return new Refusal(
                        RefusalCode.WrongState, $"operation {id} is {operation.State.Word}; only a finished one can be deleted: abort it first");
                }

                await RemoveAsync(session, operation.Kind, operation.Id, finisher, token);
                return operation;
            },
            WriteWeight.Small,
            cancellationToken);

    private static Refusal Unknown(OperationId id) => new(RefusalCode.UnknownOperation, $"no operation {id}");

    private static Refusal WrongState(Operation operation, string participle) => new(
        RefusalCode.WrongState,
        operation.IsAbortRequested && !operation.State.IsFinal
            ? $"operation {operation.Id} is being aborted and cannot be {participle}"
            : $"operation {operation.Id} is {operation.State.Word} and cannot be {participle}");

    private Task<Result<Operation>> ChangeAsync(
        OperationId id,
        IFinisher finisher,
        Func<Operation, Refusal?> change,
        Actor? by,
        CancellationToken cancellationToken,
        Func<DbSession, Operation, CancellationToken, ValueTask<Refusal?>>? within = null) =>
        _database.WriteAsync<Result<Operation>>(
            async (session, token) =>
            {
                if (await LockAsync(session, id, token) is not { } operation)
                {
                    return Unknown(id);
                }

                var before = operation.Versioned;
                if (change(operation) is { } refusal)
                {
                    return refusal;
                }

                if (before != operation.Versioned)
                {
                    if (within is not null && await within(session, operation, token) is { } declined)
                    {
                        return declined;
                    }

                    await AdvanceAsync(session, operation, before, finisher, token);
                    await SaveAsync(session, operation, before, by ?? Actor.Engine, token);
                }

                return operation;
            },
            WriteWeight.Small,
            cancellationToken);
}
