using System.Globalization;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Testing;

/// <summary>
/// The user's kind in a process that may die: its code runs on the process's scheduler. It counts as local and the process has one
/// worker, so that one call follows the other in an order that is the same in every run.
/// </summary>
internal sealed class CrashKind(OperationKind inner, ProcessLife life) : OperationKind
{
    public override string Name => inner.Name;

    public override string Description => inner.Description;

    public override bool IsAtomic => inner.IsAtomic;

    public override bool IsPausable => inner.IsPausable;

    public override bool IsRetryable => inner.IsRetryable;

    public override bool IsLocal => true;

    public override long? MaxItems => inner.MaxItems;

    public override bool MovesBytes => inner.MovesBytes;

    public override long? MaxDoneRecords => inner.MaxDoneRecords;

    public override long? PlanAheadItems => inner.PlanAheadItems;

    public override bool CompletesWhenAllFail => inner.CompletesWhenAllFail;

    public override async ValueTask<SubmitAnswer> CheckAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        var answer = await inner.CheckAsync(request, cancellationToken);
        return answer.Submission is { } submission ? SubmitAnswer.Valid(submission with { Kind = this }) : answer;
    }

    public override async ValueTask<PlanPage> PlanAsync(Operation operation, byte[] cursor, CancellationToken cancellationToken) =>
        await CallAsync("PlanAsync", () => inner.PlanAsync(operation, cursor, cancellationToken));

    public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        life.Hold((LeasedChunk)chunk);
        try
        {
            return Guard(
                await CallAsync(Named("RunAsync", chunk), () => inner.RunAsync(chunk, cancellationToken)),
                Named("the effect", chunk));
        }
        finally
        {
            life.Hold(null);
        }
    }

    public override async ValueTask<ChunkResult> UndoAsync(ChunkContext chunk, CancellationToken cancellationToken) => Guard(
        await CallAsync(Named("UndoAsync", chunk), () => inner.UndoAsync(chunk, cancellationToken)),
        Named("the effect of UndoAsync", chunk));

    public override ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        CallAsync("FinishAsync", session, s => inner.FinishAsync(s, operation, cancellationToken));

    // These two run inside a transaction of the engine: to die in them is to die before its commit, which is a point of its own.
    public override ValueTask<bool> NeedsCleaningAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        inner.NeedsCleaningAsync(session, operation, cancellationToken);

    public override ValueTask ChangedAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        inner.ChangedAsync(session, operation, cancellationToken);

    public override ValueTask ForgottenAsync(DbSession session, OperationId id, CancellationToken cancellationToken) =>
        inner.ForgottenAsync(session, id, cancellationToken);

    public override ValueTask<ResumeCheck> CheckResumeAsync(
        Operation operation, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken) =>
        inner.CheckResumeAsync(operation, parameters, cancellationToken);

    public override IEnumerable<(long Index, string Key)> ReadInput(byte[] payload) => inner.ReadInput(payload);

    private static string Named(string call, ChunkContext chunk) =>
        string.Create(CultureInfo.InvariantCulture, $"{call} of chunk {chunk.Number}");

    private ChunkResult Guard(ChunkResult result, string call) => result.Effect is not { } effect ? result : new ChunkResult
    {
        Counts = result.Counts,
        Tallies = result.Tallies,
        Outcomes = result.Outcomes,
        EffectRows = result.EffectRows,
        Continuation = result.Continuation,
        Failure = result.Failure,
        Effect = async (session, token) => await CallAsync(call, session, async s =>
        {
            await effect(s, token);
            return true;
        }),
    };

    private async ValueTask<T> CallAsync<T>(string call, DbSession session, Func<DbSession, ValueTask<T>> work)
    {
        var guarded = new CrashSession(session, life, call);
        var value = await CallAsync(call, () => work(guarded));
        guarded.HandOn();
        life.Pass($"at the end of {call}");
        return value;
    }

    private async Task<T> CallAsync<T>(string call, Func<ValueTask<T>> work)
    {
        life.Scheduler.Begin(call);
        var started = Task.Factory.StartNew(() => Watch(call, work().AsTask()), CancellationToken.None, TaskCreationOptions.DenyChildAttach, life.Scheduler);
        var ended = started.Unwrap();
        await Task.WhenAny(ended, life.Died);
        life.ThrowIfDead();
        return await ended;
    }

    /// <summary>Notes where a call ends: on a thread of somebody else its last await was no point.</summary>
    private Task<T> Watch<T>(string call, Task<T> work)
    {
        if (!work.IsCompleted)
        {
            _ = work.ContinueWith(
                _ =>
                {
                    if (!CrashScheduler.IsRunning)
                    {
                        life.Escape(call);
                    }
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        return work;
    }
}
