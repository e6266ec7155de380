using System.Globalization;
using System.Text;
using System.Text.Json;
using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Running;

/// <summary>
/// A kind whose submit brings the items, as the array <c>items</c> of the operations API. It checks them, cuts them into chunks and
/// reads them again when a chunk runs. Derive from <see cref="LocalItemsKind{TItem}"/> for effects in the engine's own database, from
/// <see cref="RemoteItemsKind{TItem}"/> for effects anywhere else.
/// </summary>
/// <typeparam name="TItem">What the kind makes of an item's JSON.</typeparam>
public abstract class ItemsKind<TItem> : OperationKind
{
    private const int MaxFaults = 100;

    private protected ItemsKind()
    {
    }

    /// <inheritdoc/>
    public override bool IsRetryable => true;

    /// <summary>Items that are settled in one transaction, at least one; a chunk has fewer where they are large. Defaults to 500.</summary>
    protected virtual int ChunkItems => 500;

    /// <summary>
    /// Reads one item, at the submit and again whenever its chunk runs. What it does not accept it says by throwing a
    /// <see cref="FormatException"/>: the message is answered to the submitter, with the item's place, and nothing is created.
    /// </summary>
    protected abstract TItem Read(JsonElement item);

    /// <summary>The item's own name in the listing of items; null for none.</summary>
    protected virtual string? KeyOf(TItem item) => null;

    /// <summary>
    /// Checks the object <c>params</c> of a submit, an empty one when there is none; what it adds to the faults is answered and nothing is
    /// created. A run finds the object in <see cref="Operation.Parameters"/>. Defaults to refusing every member.
    /// </summary>
    protected virtual void CheckParameters(JsonElement parameters, ICollection<SubmitFault> faults)
    {
        foreach (var member in parameters.EnumerateObject())
        {
            faults.Add(new SubmitFault($"unknown member {member.Name}; kind '{Name}' takes no params", $"/params/{member.Name}"));
        }
    }

    /// <inheritdoc/>
    public override ValueTask<SubmitAnswer> CheckAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        var faults = new List<SubmitFault>();
        var parameters = ReadParameters(request.Parameters, faults);
        var most = Math.Min(request.MaxItems, MaxItems ?? long.MaxValue);
        var slices = new ItemSlices(ChunkItems);
        var reader = new Utf8JsonReader(request.Items.Span);
        var isThere = !request.Items.IsEmpty && reader.Read();
        while (isThere && faults.Count < MaxFaults && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var item = reader;
            var start = (int)reader.TokenStartIndex;
            var pointer = string.Create(CultureInfo.InvariantCulture, $"/items/{slices.Count}");
            if (!JsonTexts.SkipStorable(ref reader))
            {
                faults.Add(new SubmitFault("a string holds U+0000 or a lone surrogate", pointer));
            }
            else if (Check(ref item) is { } fault)
            {
                faults.Add(new SubmitFault(fault, pointer));
            }

            slices.Add(request.Items[start..(int)reader.BytesConsumed]);
            if (slices.Count > most)
            {
                return new(SubmitAnswer.TooLarge(new SubmitFault($"an operation of kind '{Name}' may have {most} items", "/items")));
            }
        }

        if (slices.Count == 0)
        {
            faults.Add(new SubmitFault($"kind '{Name}' needs items", "/items"));
        }

        return new(faults.Count > 0 ? SubmitAnswer.Invalid(faults) : SubmitAnswer.Valid(new Submission
        {
            Account = request.Account,
            Kind = this,
            Parameters = parameters,
            Labels = request.Labels,
            SubmittedBy = request.SubmittedBy,
            ItemCount = slices.Count,
            Chunks = slices.Build(),
            Idempotency = request.Idempotency,
        }));
    }

    /// <inheritdoc/>
    public override async ValueTask<SubmitAnswer> RetryAsync(RetryRequest request, CancellationToken cancellationToken)
    {
        if (!request.Parameters.IsEmpty)
        {
            return SubmitAnswer.Invalid([new SubmitFault($"kind '{Name}' takes no params at a retry", "/params")]);
        }

        var submission = new Submission
        {
            Account = request.Original.Account,
            Kind = this,
            Parameters = request.Original.Parameters,
            Metadata = request.Original.Metadata,
            SubmittedBy = request.SubmittedBy,
        };
        if (IsAtomic)
        {
            return SubmitAnswer.Valid(submission with { InputOf = request.Original.Id });
        }

        var slices = new ItemSlices(ChunkItems);
        await foreach (var failed in request.ReadFailedAsync(cancellationToken))
        {
            // A failed item leaves itself behind, because the input of an operation goes with its end.
            slices.Add(Encoding.UTF8.GetBytes(failed.Result ?? "null"));
        }

        if (request.IsWithAborted)
        {
            await foreach (var left in request.ReadLeftAsync(cancellationToken))
            {
                var offset = 0L;
                foreach (var item in ItemSlices.Parse(left.Payload).Items.EnumerateArray())
                {
                    if (!left.IsDone(offset++))
                    {
                        slices.Add(Encoding.UTF8.GetBytes(item.GetRawText()));
                    }
                }
            }
        }

        return slices.Count == 0
            ? SubmitAnswer.Impossible($"operation {request.Original.Id} has no unsuccessful items to retry")
            : SubmitAnswer.Valid(submission with { ItemCount = slices.Count, Chunks = slices.Build() });
    }

    /// <inheritdoc/>
    public override IEnumerable<(long Index, string Key)> ReadInput(byte[] payload)
    {
        var (index, items) = ItemSlices.Parse(payload);
        foreach (var item in items.EnumerateArray())
        {
            yield return (index, KeyOf(Read(item)) ?? index.ToString(CultureInfo.InvariantCulture));
            index++;
        }
    }

    private protected static (long FirstIndex, JsonElement Items) ReadChunk(ChunkContext chunk) =>
        (chunk.FirstIndex, ItemSlices.Parse(chunk.Payload).Items);

    private static string ReadParametersText(ReadOnlyMemory<byte> json) => json.IsEmpty ? "{}" : Encoding.UTF8.GetString(json.Span);

    private string ReadParameters(ReadOnlyMemory<byte> json, List<SubmitFault> faults)
    {
        var text = ReadParametersText(json);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        reader.Read();
        var copy = reader;
        if (!JsonTexts.SkipStorable(ref copy))
        {
            faults.Add(new SubmitFault("a string holds U+0000 or a lone surrogate", "/params"));
            return text;
        }

        CheckParameters(JsonElement.ParseValue(ref reader), faults);
        return text;
    }

    private string? Check(ref Utf8JsonReader item)
    {
        try
        {
            Read(JsonElement.ParseValue(ref item));
            return null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return exception.Message;
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            return $"the item is not as kind '{Name}' takes it: {exception.Message}";
        }
    }
}
