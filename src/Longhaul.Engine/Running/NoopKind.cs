using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>A kind that does nothing, for tests and measurements: it plans its chunks, journals, fails and pauses like a real one.</summary>
public sealed class NoopKind : OperationKind
{
    /// <summary>Items in a chunk.</summary>
    public const int ChunkItems = 500;

    private const int ChunksPerPage = 500;
    private const long MaxCount = 10_000_000;

    private readonly TimeProvider _clock;

    /// <summary>Makes the kind on a clock.</summary>
    public NoopKind(TimeProvider clock) => _clock = clock;

    /// <inheritdoc/>
    public override string Name => "noop";

    /// <inheritdoc/>
    public override string Description => "Does nothing to a number of items; for tests.";

    /// <inheritdoc/>
    public override bool IsLocal => false;

    /// <inheritdoc/>
    public override ValueTask<PlanPage> PlanAsync(Operation operation, byte[] cursor, CancellationToken cancellationToken)
    {
        var count = NoopParameters.Parse(operation.Parameters).Count;
        var first = cursor.Length == 0 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(cursor);
        var chunks = new List<PlannedChunk>();
        while (first < count && chunks.Count < ChunksPerPage)
        {
            var items = Math.Min(ChunkItems, count - first);
            chunks.Add(new PlannedChunk(items, first, null));
            first += items;
        }

        if (first >= count)
        {
            return new(new PlanPage(chunks, null));
        }

        var next = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(next, first);
        return new(new PlanPage(chunks, next));
    }

    /// <inheritdoc/>
    public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var parameters = NoopParameters.Parse(chunk.Operation.Parameters);
        if (parameters.ItemMilliseconds > 0)
        {
            return await RunSlowlyAsync(chunk, parameters, cancellationToken);
        }

        var counts = default(ItemCounts);
        var failures = new List<ItemOutcome>();
        for (var offset = 0L; offset < chunk.ItemCount; offset++)
        {
            var index = chunk.FirstIndex + offset;
            if (index == parameters.FatalAt)
            {
                return new ChunkResult { Counts = counts, Outcomes = OutcomeBlob.Pack(failures), Failure = Fatal(index) };
            }

            var outcome = parameters.Fails(index) ? Failed(index) : null;
            counts += outcome is null ? new ItemCounts(1) : new ItemCounts(0, 0, 1);
            if (outcome is not null)
            {
                failures.Add(outcome);
            }
        }

        return new ChunkResult { Counts = counts, Outcomes = OutcomeBlob.Pack(failures) };
    }

    /// <inheritdoc/>
    public override ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        new(FinishResult.Completed($$"""{"items":{{(operation.Total ?? 0).ToString(CultureInfo.InvariantCulture)}}}"""));

    /// <inheritdoc/>
    public override ValueTask<SubmitAnswer> CheckAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        var faults = new List<SubmitFault>();
        if (!request.Items.IsEmpty)
        {
            faults.Add(new SubmitFault("kind 'noop' takes no items; say how many in params.count", "/items"));
        }

        var parameters = NoopParameters.Read(request.Parameters, faults);
        if (parameters is { Count: > MaxCount })
        {
            faults.Add(new SubmitFault($"count must be at most {MaxCount}", "/params/count"));
        }

        return new(faults.Count > 0 ? SubmitAnswer.Invalid(faults) : SubmitAnswer.Valid(new Submission
        {
            Account = request.Account,
            Kind = this,
            Parameters = parameters!.ToJson(),
            Metadata = parameters.ToJson(),
            Labels = request.Labels,
            SubmittedBy = request.SubmittedBy,
            Idempotency = request.Idempotency,
        }));
    }

    private static OperationFailure Fatal(long index) => new("fatal-item", $"item {index} is fatal, as asked for by fatalAt");

    private static ItemOutcome Failed(long index) => new(
        index,
        index.ToString(CultureInfo.InvariantCulture),
        ItemState.Failed,
        Failure: new OperationFailure("item-failed", $"item {index} fails, as asked for by failEvery"),
        IsRetriable: true);

    private async ValueTask<ChunkResult> RunSlowlyAsync(ChunkContext chunk, NoopParameters parameters, CancellationToken cancellationToken)
    {
        for (var offset = 0L; offset < chunk.ItemCount && !chunk.StopRequested.IsCancellationRequested; offset++)
        {
            if (chunk.IsDone(offset))
            {
                continue;
            }

            var index = chunk.FirstIndex + offset;
            await Task.Delay(TimeSpan.FromMilliseconds(parameters.ItemMilliseconds), _clock, cancellationToken);
            if (index == parameters.FatalAt)
            {
                return new ChunkResult { Failure = Fatal(index) };
            }

            var outcome = parameters.Fails(index) ? Failed(index) : null;
            chunk.Journal(offset, outcome is null ? ItemState.Succeeded : ItemState.Failed, outcome);
        }

        return new ChunkResult();
    }

    /// <summary>What a noop was asked for.</summary>
    private sealed record NoopParameters(long Count, long ItemMilliseconds, long FailEvery, long FatalAt)
    {
        public bool Fails(long index) => FailEvery > 0 && (index + 1) % FailEvery == 0;

        public static NoopParameters Parse(string json)
        {
            using var document = JsonDocument.Parse(json);
            long Member(string name, long otherwise) => document.RootElement.TryGetProperty(name, out var value) ? value.GetInt64() : otherwise;
            return new NoopParameters(Member("count", 0), Member("itemMs", 0), Member("failEvery", 0), Member("fatalAt", -1));
        }

        public static NoopParameters? Read(ReadOnlyMemory<byte> json, List<SubmitFault> faults)
        {
            using var document = JsonDocument.Parse(json.IsEmpty ? "{}"u8.ToArray() : json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                faults.Add(new SubmitFault("params must be an object", "/params"));
                return null;
            }

            long count = -1, itemMs = 0, failEvery = 0, fatalAt = -1;
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt64(out var value) || value < 0)
                {
                    faults.Add(new SubmitFault($"{member.Name} must be a whole number from 0 on, or is unknown", $"/params/{member.Name}"));
                    continue;
                }

                switch (member.Name)
                {
                    case "count":
                        count = value;
                        break;
                    case "itemMs" when value <= 60_000:
                        itemMs = value;
                        break;
                    case "failEvery":
                        failEvery = value;
                        break;
                    case "fatalAt":
                        fatalAt = value;
                        break;
                    default:
                        faults.Add(new SubmitFault($"unknown or too large: {member.Name}; noop takes count, itemMs (up to 60000), failEvery, fatalAt", $"/params/{member.Name}"));
                        break;
                }
            }

            if (count < 0 && faults.Count == 0)
            {
                faults.Add(new SubmitFault("count is missing: how many items", "/params/count"));
            }

            return faults.Count > 0 ? null : new NoopParameters(count, itemMs, failEvery, fatalAt);
        }

        public string ToJson()
        {
            var fatal = FatalAt < 0 ? "" : $",\"fatalAt\":{FatalAt.ToString(CultureInfo.InvariantCulture)}";
            return string.Create(CultureInfo.InvariantCulture, $"{{\"count\":{Count},\"itemMs\":{ItemMilliseconds},\"failEvery\":{FailEvery}{fatal}}}");
        }
    }
}
