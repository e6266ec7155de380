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
    public override bool IsRetryable => true;

    /// <inheritdoc/>
    public override long? MaxItems => MaxCount;

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
        var numbers = NoopItems.Parse(chunk.Payload);

        // With a fatal item in it, the journal has to tell a retry which items were done before.
        if (parameters.ItemMilliseconds > 0 || parameters.FatalAt >= 0)
        {
            return await RunOneByOneAsync(chunk, parameters, numbers, cancellationToken);
        }

        var counts = default(ItemCounts);
        var failures = new List<ItemOutcome>();
        for (var offset = 0L; offset < chunk.ItemCount; offset++)
        {
            var index = chunk.FirstIndex + offset;
            var number = numbers?.At(offset) ?? index;
            var outcome = parameters.Fails(number) ? Failed(index, number) : null;
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
            ItemCount = parameters.Count,
            Idempotency = request.Idempotency,
        }));
    }

    /// <inheritdoc/>
    public override async ValueTask<SubmitAnswer> RetryAsync(RetryRequest request, CancellationToken cancellationToken)
    {
        if (!request.Parameters.IsEmpty)
        {
            return SubmitAnswer.Invalid([new SubmitFault("kind 'noop' takes no params at a retry", "/params")]);
        }

        var chunks = new NoopItems.Builder(ChunkItems);
        await foreach (var item in request.ReadFailedAsync(cancellationToken))
        {
            // Its key is the number that it had in the first operation, however often it was retried.
            chunks.Add(long.Parse(item.Key!, CultureInfo.InvariantCulture), 1);
        }

        if (request.IsWithAborted)
        {
            await AddLeftAsync(request, chunks, cancellationToken);
        }

        if (chunks.Count == 0)
        {
            return SubmitAnswer.Impossible($"operation {request.Original.Id} has no unsuccessful items to retry");
        }

        return SubmitAnswer.Valid(new Submission
        {
            Account = request.Original.Account,
            Kind = this,
            Parameters = request.Original.Parameters,
            Metadata = request.Original.Metadata,
            SubmittedBy = request.SubmittedBy,
            ItemCount = chunks.Count,
            Chunks = chunks.Build(),
        });
    }

    private static OperationFailure Fatal(long index) => new("fatal-item", $"item {index} is fatal, as asked for by fatalAt");

    private static async Task AddLeftAsync(RetryRequest request, NoopItems.Builder chunks, CancellationToken cancellationToken)
    {
        await foreach (var left in request.ReadLeftAsync(cancellationToken))
        {
            if (left.IsPlan)
            {
                var first = left.Progress is null ? 0 : BinaryPrimitives.ReadInt64LittleEndian(left.Progress);
                chunks.Add(first, NoopParameters.Parse(request.Original.Parameters).Count - first);
                continue;
            }

            var numbers = NoopItems.Parse(left.Payload);
            for (var offset = 0L; offset < left.ItemCount; offset++)
            {
                if (!left.IsDone(offset))
                {
                    chunks.Add(numbers?.At(offset) ?? left.FirstIndex + offset, 1);
                }
            }
        }
    }

    private static ItemOutcome Failed(long index, long number) => new(
        index,
        number.ToString(CultureInfo.InvariantCulture),
        ItemState.Failed,
        Failure: new OperationFailure("item-failed", $"item {number} fails, as asked for by failEvery"),
        IsRetriable: true);

    private async ValueTask<ChunkResult> RunOneByOneAsync(
        ChunkContext chunk, NoopParameters parameters, NoopItems? numbers, CancellationToken cancellationToken)
    {
        for (var offset = 0L; offset < chunk.ItemCount && !chunk.StopRequested.IsCancellationRequested; offset++)
        {
            if (chunk.IsDone(offset))
            {
                continue;
            }

            var index = chunk.FirstIndex + offset;
            var number = numbers?.At(offset) ?? index;
            if (parameters.ItemMilliseconds > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(parameters.ItemMilliseconds), _clock, cancellationToken);
            }

            if (number == parameters.FatalAt)
            {
                return new ChunkResult { Failure = Fatal(number) };
            }

            var outcome = parameters.Fails(number) ? Failed(index, number) : null;
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
                if (JsonTexts.FindName(member) is not { } name)
                {
                    faults.Add(new SubmitFault("the name of a member holds U+0000 or a lone surrogate", "/params"));
                    continue;
                }

                if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt64(out var value) || value < 0)
                {
                    faults.Add(new SubmitFault($"{SubmitFault.Show(name)} must be a whole number from 0 on, or is unknown", SubmitFault.PointTo("/params", name)));
                    continue;
                }

                switch (name)
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
                        faults.Add(new SubmitFault($"unknown or too large: {SubmitFault.Show(name)}; noop takes count, itemMs (up to 60000), failEvery, fatalAt", SubmitFault.PointTo("/params", name)));
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
