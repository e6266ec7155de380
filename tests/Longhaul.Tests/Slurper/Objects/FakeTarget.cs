using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>A bucket of keys without bytes that notes every call; calls can be told to fail or never to end.</summary>
internal sealed class FakeTarget : IObjectTarget
{
    private readonly Dictionary<string, (StoreException Failure, int Times)> _failures = [];
    private readonly HashSet<string> _hanging = [];

    public enum Conditions
    {
        Honoured,
        Ignored,
        Refused,
    }

    public SortedSet<string> Keys { get; } = new(StringComparer.Ordinal);

    public List<string> Calls { get; } = [];

    public Conditions Condition { get; set; }

    public void Fail(string call, string fault, int times = 1, string? message = null) =>
        _failures[call] = (new StoreException(Enum.Parse<StoreFault>(fault), 400, null, message ?? $"{call} says {fault}"), times);

    /// <summary>The call happens and is never answered.</summary>
    public void Hang(string call) => _hanging.Add(call);

    public async Task<ListedPage> ListAsync(ListRequest request, CancellationToken cancellationToken)
    {
        await NoteAsync("list", $" {request.Prefix} {request.MaxKeys}", cancellationToken);
        return new ListedPage([.. Keys.Where(k => k.StartsWith(request.Prefix, StringComparison.Ordinal)).Take(request.MaxKeys).Select(k => new ListedObject(k, 1, null, null))], null);
    }

    public async Task<ObjectContent> ReadAsync(string key, ReadRequest request, CancellationToken cancellationToken)
    {
        await NoteAsync("read", $" {key} {request.Range?.First}-{request.Range?.Last}", cancellationToken);
        return new ObjectContent(new ObjectFacts(1, null, null, null, null, null, null, null, [], ObjectHeaders.None), 1, new MemoryStream(new byte[1]));
    }

    public async Task<WrittenObject> PutAsync(string key, PutRequest request, CancellationToken cancellationToken)
    {
        if (request.OnlyIfAbsent && Condition != Conditions.Ignored && (Condition == Conditions.Refused || Keys.Contains(key)))
        {
            Calls.Add("put");
            throw new StoreException(Condition == Conditions.Refused ? StoreFault.NotImplemented : StoreFault.PreconditionFailed, null, null, "no");
        }

        Keys.Add(key);
        await NoteAsync("put", "", cancellationToken);
        return new WrittenObject("e");
    }

    public async Task<string> BeginUploadAsync(string key, ObjectHeaders headers, CancellationToken cancellationToken)
    {
        await NoteAsync("begin", "", cancellationToken);
        return "id";
    }

    public Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken) => NoteAsync("abort", " " + uploadId, cancellationToken);

    public async Task<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(string key, CancellationToken cancellationToken)
    {
        await NoteAsync("uploads", "", cancellationToken);
        return [new UnfinishedUpload("left-behind", null)];
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        Keys.Remove(key);
        return NoteAsync("delete", "", cancellationToken);
    }

    public Task<ObjectFacts?> HeadAsync(string key, int? partNumber, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<KeyValuePair<string, string>>> ReadTagsAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<WrittenObject> CopyAsync(string key, CopyRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<UploadedPart> PutPartAsync(string key, string uploadId, PartRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<UploadedPart> CopyPartAsync(string key, string uploadId, int number, CopyRequest source, ByteRange range, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<UploadedPart>?> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<WrittenObject> CompleteUploadAsync(string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool onlyIfAbsent, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task WriteTagsAsync(string key, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private Task NoteAsync(string call, string more, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Calls.Add(call + more);
        if (_failures.TryGetValue(call, out var failure) && failure.Times > 0)
        {
            _failures[call] = failure with { Times = failure.Times - 1 };
            throw failure.Failure;
        }

        return _hanging.Contains(call) ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask;
    }
}
