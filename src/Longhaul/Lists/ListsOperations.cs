using System.Globalization;
using System.Text.Json;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Hosting.Bodies;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists;

/// <summary>
/// What append, replace and delete have in common. An operation makes one new revision of its list, numbered by the operation's own
/// number; each chunk compares its part with the revision that readers see and writes the difference beside it; the finish shows the
/// new revision in one small transaction. The lane of the list sees to it that nobody else changes the list meanwhile.
/// </summary>
internal abstract class ListsOperation : OperationKind
{
    /// <summary>Items in a chunk, and rows in one step of it: a few milliseconds of the writer.</summary>
    public const int ChunkItems = 500;

    private const int MaxFaults = 100;

    private static readonly string[] WritingKinds = ["lists.append", "lists.replace", "lists.delete"];

    protected ListsOperation(ListsEngine engine) => Engine = engine;

    /// <inheritdoc/>
    public override bool IsAtomic => true;

    /// <inheritdoc/>
    public override bool IsRetryable => true;

    /// <inheritdoc/>
    public override long? MaxItems => Engine.Limits.MaxItems;

    protected ListsEngine Engine { get; }

    /// <inheritdoc/>
    public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var target = ListTarget.Parse(chunk.Operation.Parameters);
        return await Engine.Database.ReadAsync(
            async (session, token) => await ListsStore.FindAsync(session, target.Number, forUpdate: false, token) is { } list
                ? await CompareAsync(session, list, chunk, token)
                : new ChunkResult { Failure = Gone(target) },
            cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<ChunkResult> UndoAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var target = ListTarget.Parse(chunk.Operation.Parameters);
        var revision = chunk.Operation.Number;
        var inserted = chunk.Progress is null ? InsertedKeys(chunk.Payload) : [];
        var ended = await Engine.Database.ReadAsync(
            (session, token) => ListsStore.ReadEndedKeysAsync(session, target.Number, revision, ChunkItems, token), cancellationToken);
        return new ChunkResult
        {
            EffectRows = inserted.Count + ended.Count,
            Effect = (session, token) => ListsStore.UndoAsync(session, target.Number, revision, inserted, ended, token),
            Continuation = ended.Count == ChunkItems ? [1] : null,
        };
    }

    /// <inheritdoc/>
    public override async ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken)
    {
        var target = ListTarget.Parse(operation.Parameters);
        if (await ListsStore.FindAsync(session, target.Number, forUpdate: true, cancellationToken) is not { } list)
        {
            return FinishResult.Failed(Gone(target));
        }

        var sums = operation.Tallies;
        var change = sums["added"] - sums["removed"];
        if (await RefuseOverflowAsync(session, list, change, cancellationToken) is { } full)
        {
            return FinishResult.Failed(full);
        }

        if (sums["added"] + sums["updated"] + sums["removed"] > 0)
        {
            await ListsStore.ShowRevisionAsync(session, list, operation.Number, list.ItemCount + change, Engine.Clock.GetUtcNow(), cancellationToken);
        }

        return FinishResult.Completed(Response(sums, list.ItemCount + change));
    }

    /// <inheritdoc/>
    public override async ValueTask<SubmitAnswer> CheckAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        var faults = new List<SubmitFault>();
        var listId = ReadListId(request.Parameters, faults);
        if (faults.Count > 0)
        {
            return SubmitAnswer.Invalid(faults);
        }

        var list = await Engine.Database.ReadAsync((session, token) => ListsStore.FindAsync(session, request.Account, listId, token), cancellationToken);
        if (list is null)
        {
            return SubmitAnswer.Invalid([new SubmitFault(ListsMessages.UnknownList(SubmitFault.Show(listId)), "/params/listId")]);
        }

        return Prepare(list, request);
    }

    /// <inheritdoc/>
    public override async ValueTask<SubmitAnswer> RetryAsync(RetryRequest request, CancellationToken cancellationToken)
    {
        if (!request.Parameters.IsEmpty)
        {
            return SubmitAnswer.Invalid([new SubmitFault($"kind '{Name}' takes no params at a retry", "/params")]);
        }

        var target = ListTarget.Parse(request.Original.Parameters);
        var list = await Engine.Database.ReadAsync((session, token) => ListsStore.FindAsync(session, target.Number, forUpdate: false, token), cancellationToken);

        // The slices were sorted and cut by key: they fit the list whatever is in it by now.
        return list is null
            ? SubmitAnswer.Impossible(ListsMessages.UnknownList(target.Id))
            : SubmitAnswer.Valid(Submit(list, [], request.SubmittedBy, "{}", null) with { Chunks = null, InputOf = request.Original.Id });
    }

    /// <summary>Compares one step of a chunk with what readers see.</summary>
    protected abstract ValueTask<ChunkResult> CompareAsync(DbSession session, RulesList list, ChunkContext chunk, CancellationToken cancellationToken);

    /// <summary>The keys that a chunk may have inserted rows for.</summary>
    protected abstract IReadOnlyCollection<byte[]> InsertedKeys(byte[] payload);

    /// <summary>Reads the items of a submit of the operations API.</summary>
    protected abstract SubmitAnswer Prepare(RulesList list, SubmitRequest request);

    protected abstract string Response(Tallies sums, long itemCount);

    /// <summary>Makes the submission of this kind to a list.</summary>
    protected Submission Submit(
        RulesList list, IReadOnlyList<ChunkInput> chunks, string submittedBy, string labels, IdempotencyKey? idempotency) => new()
        {
            Account = list.Account,
            Kind = this,
            Parameters = new ListTarget(list.Number, list.Id).ToJson(),
            Metadata = $$"""{"listId":"{{list.Id}}","listName":"{{list.Name}}","listKind":"{{list.Kind}}"}""",
            Labels = labels,
            SubmittedBy = submittedBy,
            Lane = $"list:{list.Id}",
            LaneLimit = Engine.Options.MaxPendingPerList,
            ExclusiveKinds = Engine.Options.Concurrency == "reject" ? WritingKinds : [],
            ItemCount = chunks.Sum(c => c.ItemCount),
            Chunks = chunks,
            Idempotency = idempotency,
        };

    protected static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    protected static SubmitAnswer Faults(IReadOnlyList<ListError> errors, string prefix) =>
        SubmitAnswer.Invalid([.. errors.Select(e => new SubmitFault(e.Message, prefix + e.Pointer))]);

    /// <summary>What a submit of the operations API may bring: neither more than that API takes nor than this room does.</summary>
    protected BodyLimits Limits(SubmitRequest request) => Engine.Limits with { MaxItems = Math.Min(request.MaxItems, Engine.Limits.MaxItems) };

    protected SubmitAnswer TooMany(SubmitRequest request) =>
        SubmitAnswer.TooLarge(new SubmitFault(ListsMessages.TooManyItems(Limits(request).MaxItems), "/items"));

    private static OperationFailure Gone(ListTarget target) => new(OperationFailure.TargetGoneSlug, ListsMessages.UnknownList(target.Id));

    private static string ReadListId(ReadOnlyMemory<byte> parameters, List<SubmitFault> faults)
    {
        using var document = JsonDocument.Parse(parameters.IsEmpty ? "{}"u8.ToArray() : parameters);
        var listId = "";
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (faults.Count >= MaxFaults)
            {
                break;
            }

            if (FindName(member) is not { } name)
            {
                faults.Add(new SubmitFault("the name of a member holds U+0000 or a lone surrogate", "/params"));
            }
            else if (name != "listId")
            {
                faults.Add(new SubmitFault($"unknown member {SubmitFault.Show(name)}; params has listId", SubmitFault.PointTo("/params", name)));
            }
            else if (member.Value.ValueKind == JsonValueKind.String)
            {
                listId = ReadText(member.Value);
            }
        }

        if (listId.Length == 0 && faults.Count == 0)
        {
            faults.Add(new SubmitFault("listId is missing or no text: the id of the list to write to", "/params/listId"));
        }

        return listId;
    }

    private static string? FindName(JsonProperty member)
    {
        try
        {
            return JsonStrings.HasForbidden(member.Name) ? null : member.Name;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, written as an escape.
            return null;
        }
    }

    private static string ReadText(JsonElement text)
    {
        try
        {
            var read = text.GetString()!;
            return JsonStrings.HasForbidden(read) ? "" : read;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, written as an escape.
            return "";
        }
    }

    private async ValueTask<OperationFailure?> RefuseOverflowAsync(
        DbSession session, RulesList list, long change, CancellationToken cancellationToken)
    {
        var limit = Engine.Options.MaxItemsPerList;
        if (change > 0 && limit > 0 && list.ItemCount + change > limit)
        {
            return Full(limit, list.ItemCount, change);
        }

        var accountLimit = Engine.Options.MaxItemsPerAccount;
        if (change <= 0 || accountLimit == 0)
        {
            return null;
        }

        await AccountLock.TakeAsync(session, list.Account, cancellationToken);
        var held = await ListsStore.CountItemsAsync(session, list.Account, cancellationToken);
        return held + change > accountLimit ? Full(accountLimit, held, change) : null;
    }

    private static OperationFailure Full(long limit, long now, long change) => new(
        OperationFailure.CapacityExceededSlug,
        string.Create(CultureInfo.InvariantCulture, $"This list is at the maximum number of items (limit {limit}, now {now}, would be {now + change})"));
}

/// <summary>What the kinds of the Lists face share.</summary>
internal sealed record ListsEngine(Database Database, ListsOptions Options, IdSource Ids, TimeProvider Clock)
{
    /// <summary>What a body may hold.</summary>
    public BodyLimits Limits { get; } = new(Options.MaxItemsPerRequest, Options.MaxReportedErrors);
}

/// <summary>The list that an operation writes to.</summary>
internal sealed record ListTarget(long Number, string Id)
{
    public static ListTarget Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new ListTarget(document.RootElement.GetProperty("number").GetInt64(), document.RootElement.GetProperty("id").GetString()!);
    }

    public string ToJson() => string.Create(CultureInfo.InvariantCulture, $$"""{"number":{{Number}},"id":"{{Id}}"}""");
}
