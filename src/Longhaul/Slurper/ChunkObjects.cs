using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Slurper.Copying;

namespace Longhaul.Slurper;

/// <summary>
/// The objects of one leased chunk, copied side by side and journaled one by one. An object that was under way when it was told to stop is
/// either journaled or as good as never begun.
/// </summary>
internal sealed class ChunkObjects : IDisposable
{
    private readonly ChunkContext _chunk;
    private readonly MigrationRun _run;
    private readonly CopyJob _job;
    private readonly IObjectCopier _copier;
    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly List<CopyItem> _items;

    // Cancelled by the first fault of the whole job: nothing more is begun.
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _cut;
    private readonly CancellationTokenRegistration _ending;
    private HashSet<long> _uploads = [];
    private JobFaultException? _fault;
    private int _next = -1;

    public ChunkObjects(
        ChunkContext chunk, MigrationRun run, IObjectCopier copier, Database database, TimeProvider clock, TimeSpan grace)
    {
        _chunk = chunk;
        _run = run;
        _copier = copier;
        _database = database;
        _clock = clock;
        _job = run.Copy with { Target = new FencedTarget(run.Copy.Target, () => chunk.MayWrite) };
        _items = ObjectChunk.Decode(chunk.Payload);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(chunk.StopRequested);
        _cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _ending = chunk.EndRequested.Register(() =>
        {
            if (grace >= TimeSpan.Zero)
            {
                _cut.CancelAfter(grace);
            }
        });
    }

    /// <summary>Completes when nothing is under way any more; with what stopped the job as a whole, or null.</summary>
    public async Task<JobFaultException?> CopyAsync(int width, CancellationToken lost)
    {
        if (_items.Count != _chunk.ItemCount)
        {
            throw new InvalidDataException($"chunk {_chunk.Number} holds {_items.Count} objects of {_chunk.ItemCount}");
        }

        var rows = await _database.ReadOneAsync((session, token) => JobStore.ListChunkUploadsAsync(session, _chunk.Operation.Id, _chunk.Number, token), lost);
        _uploads = [.. rows];
        var signals = new CopySignals(_stop.Token, _cut.Token, lost);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(width, _items.Count)).Select(_ => WorkAsync(signals)));
        return _fault;
    }

    public void Dispose()
    {
        _ending.Dispose();
        _cut.Dispose();
        _stop.Dispose();
    }

    private async Task WorkAsync(CopySignals signals)
    {
        while (!signals.Stop.IsCancellationRequested)
        {
            var place = Interlocked.Increment(ref _next);
            if (place >= _items.Count)
            {
                return;
            }

            if (!_chunk.IsDone(place))
            {
                await CopyOneAsync(place, signals);
            }
        }
    }

    private async Task CopyOneAsync(int place, CopySignals signals)
    {
        var item = _items[place];
        var journal = new UploadJournal(_database, _chunk, place, item.Key, _uploads.Contains(place), _clock);
        try
        {
            Record(place, item, await _copier.CopyAsync(_job, item, journal, isRepeated: _chunk.IsRepeated, signals));
        }
        catch (JobFaultException fault)
        {
            Interlocked.CompareExchange(ref _fault, fault, null);
            await _stop.CancelAsync();
        }
    }

    private void Record(int place, CopyItem item, CopyOutcome outcome)
    {
        var index = _chunk.FirstIndex + place;
        switch (outcome)
        {
            case CopyOutcome.Copied copied:
                _chunk.Journal(
                    place,
                    ItemState.Succeeded,
                    new ItemOutcome(index, item.Key, ItemState.Succeeded, "copied", MigrateOperation.ToRecord(copied)),
                    copied.Size);
                break;
            case CopyOutcome.Exists:
                _chunk.Journal(place, ItemState.Skipped, null);
                break;
            case CopyOutcome.Skipped skipped:
                var reason = $"{{\"reason\":\"{JsonEncodedText.Encode(skipped.Message)}\"}}";
                _chunk.Journal(place, ItemState.Skipped, new ItemOutcome(index, item.Key, ItemState.Skipped, skipped.LogType, reason));
                break;
            case CopyOutcome.Failed failed:
                _chunk.Journal(
                    place,
                    ItemState.Failed,
                    new ItemOutcome(
                        index, item.Key, ItemState.Failed, Failure: new OperationFailure("object-failed", failed.Message), IsRetriable: failed.IsRetriable));
                break;
            default:
                return;
        }

        _run.Faults.Succeeded();
    }
}
