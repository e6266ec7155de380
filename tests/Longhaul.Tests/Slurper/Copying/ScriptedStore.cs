using System.Globalization;
using System.Security.Cryptography;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

#pragma warning disable CA1068 // What is done reads best last.
#pragma warning disable CA5351 // The protocol's ETag and Content-MD5 are MD5.

/// <summary>An object in memory.</summary>
internal sealed record StoredObject(byte[] Bytes, ObjectHeaders Headers, string ETag, DateTimeOffset LastModified)
{
    public string? StorageClass { get; init; }
    public string? Restore { get; init; }
    public string? ArchiveStatus { get; init; }
    public string? Encryption { get; init; }
    public IReadOnlyList<long> PartSizes { get; init; } = [];
    public IReadOnlyList<KeyValuePair<string, string>> Checksums { get; init; } = [];
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    public ObjectFacts Facts => new(
        Bytes.Length, ETag, LastModified, StorageClass, Restore, ArchiveStatus, Encryption,
        PartSizes.Count > 0 ? PartSizes.Count : null, Checksums, Headers);
}

/// <summary>A request as the script sees it; <c>Index</c> counts from 1 over all requests of the store.</summary>
internal sealed record StoreCall(int Index, string Verb, string Key, int Part);

/// <summary>What shall go wrong with a request.</summary>
internal sealed record Mishap
{
    /// <summary>Happens before the request has any effect.</summary>
    public Func<Exception>? Before { get; init; }

    /// <summary>Happens when the effect is there: the answer is lost.</summary>
    public Func<Exception>? After { get; init; }

    /// <summary>Bytes of the body after which a GET breaks off.</summary>
    public int? CutAt { get; init; }

    /// <summary>A GET whose body has a wrong byte.</summary>
    public bool CorruptsBody { get; init; }

    /// <summary>A write that keeps a wrong byte and gives the ETag of that; it does not look at Content-MD5 either.</summary>
    public bool CorruptsWrite { get; init; }

    /// <summary>The ETag that a write answers with, whatever it kept.</summary>
    public string? SaysETag { get; init; }

    /// <summary>Holds the request up until this is done, or the request is given up.</summary>
    public Task? HeldUntil { get; init; }

    public override string ToString()
        => Before is not null ? $"fails ({Before().Message}, {(Before() as StoreException)?.Fault})" : After is not null ? "answer lost" : CorruptsBody ? "corrupts the body"
            : CorruptsWrite ? "corrupts the write" : SaysETag is not null ? "lies" : CutAt is not null ? "cuts" : "held";

    public static Mishap Fault(StoreFault fault, int? status = null, string? code = null, TimeSpan? retryAfter = null)
        => new() { Before = () => new StoreException(fault, status, code, "said the script", retryAfter) };

    public static Mishap LostReply() => new() { After = () => new StoreException(StoreFault.Passing, null, null, "the answer was lost") };
}

/// <summary>A bucket in memory that does what S3 does, and what a script adds to it.</summary>
internal sealed class ScriptedStore(TimeProvider clock) : IObjectTarget
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Upload> _uploads = [];
    private readonly List<string> _calls = [];
    private int _index;
    private int _uploadIndex;

    public Func<StoreCall, Mishap?>? Script { get; set; }

    public ScriptedStore? CopiesFrom { get; set; }

    public bool IgnoresConditions { get; set; }

    public bool IgnoresConditionOnComplete { get; set; }

    public bool LacksTags { get; set; }

    /// <summary>ETags of uploads that say nothing about the bytes.</summary>
    public bool HasOwnCompositeETags { get; set; }

    /// <summary>ETags that are never MD5.</summary>
    public bool HasOpaqueETags { get; set; }

    public bool LeavesETagOutOnComplete { get; set; }

    /// <summary>Ranges that were read without a condition on the ETag.</summary>
    public int UnpinnedRanges { get; private set; }

    public int UnderWay { get; private set; }

    public int MostUnderWay { get; private set; }

    public int WritesUnderWay { get; private set; }

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    public int UploadCount
    {
        get
        {
            lock (_gate)
            {
                return _uploads.Count;
            }
        }
    }

    public StoredObject? this[string key]
    {
        get
        {
            lock (_gate)
            {
                return _objects.GetValueOrDefault(key);
            }
        }

        set
        {
            lock (_gate)
            {
                _objects[key] = value!;
            }
        }
    }

    public int CountOf(string verb) => Calls.Count(call => call.StartsWith(verb + " ", StringComparison.Ordinal));

    public void ClearCalls()
    {
        lock (_gate)
        {
            _calls.Clear();
        }
    }

    public void ClearObjects()
    {
        lock (_gate)
        {
            _objects.Clear();
        }
    }

    /// <summary>Puts an object there, as one request or as an upload of parts of these sizes would have.</summary>
    public StoredObject Seed(string key, byte[] bytes, ObjectHeaders? headers = null, params long[] parts)
    {
        var etag = parts.Length == 0 ? Md5(bytes) : Composite(bytes, parts);
        var stored = new StoredObject(bytes, headers ?? ObjectHeaders.None, etag, clock.GetUtcNow()) { PartSizes = parts };
        this[key] = stored;
        return stored;
    }

    public static string Md5(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));

    public static string Composite(ReadOnlySpan<byte> bytes, IReadOnlyList<long> parts)
    {
        var hashes = new List<byte>();
        foreach (var part in parts)
        {
            hashes.AddRange(MD5.HashData(bytes[..(int)part]));
            bytes = bytes[(int)part..];
        }

        return $"{Md5([.. hashes])}-{parts.Count.ToString(CultureInfo.InvariantCulture)}";
    }

    public void Dispose()
    {
    }

    public Task<ListedPage> ListAsync(ListRequest request, CancellationToken cancellationToken)
        => DoAsync("LIST", request.Prefix, 0, isWrite: false, cancellationToken, _ =>
        {
            var all = _objects.Where(o => o.Key.StartsWith(request.Prefix, StringComparison.Ordinal)).Take(request.MaxKeys);
            return new ListedPage([.. all.Select(o => new ListedObject(o.Key, o.Value.Bytes.Length, o.Value.ETag, o.Value.StorageClass))], null);
        });

    public Task<ObjectContent> ReadAsync(string key, ReadRequest request, CancellationToken cancellationToken)
        => DoAsync("GET", key, 0, isWrite: false, cancellationToken, mishap =>
        {
            var stored = Find(key);
            UnpinnedRanges += request is { Range: not null, IfMatch: null } ? 1 : 0;
            if (request.IfMatch is { } etag && etag != stored.ETag)
            {
                throw new StoreException(StoreFault.PreconditionFailed, 412, "PreconditionFailed", "replaced");
            }

            if (stored.Encryption == "SSE-C")
            {
                throw new StoreException(
                    StoreFault.Permanent, 400, "InvalidRequest", "The object was stored using a form of Server Side Encryption.");
            }

            if ((stored.StorageClass is "GLACIER" or "DEEP_ARCHIVE" && stored.Restore is null) || stored.ArchiveStatus is not null)
            {
                throw new StoreException(StoreFault.Archived, 403, "InvalidObjectState", "archived");
            }

            var range = request.Range ?? new ByteRange(0, stored.Bytes.Length - 1);
            var bytes = stored.Bytes.AsSpan((int)range.First, (int)range.Length).ToArray();
            if (mishap is { CorruptsBody: true } && bytes.Length > 0)
            {
                bytes[bytes.Length / 2] ^= 0x40;
            }

            var shown = mishap?.CutAt is { } cut && cut < bytes.Length ? bytes[..cut] : bytes;
            return new ObjectContent(stored.Facts, range.Length, new MemoryStream(shown, writable: false));
        });

    public Task<ObjectFacts?> HeadAsync(string key, int? partNumber, CancellationToken cancellationToken)
        => DoAsync<ObjectFacts?>("HEAD", key, partNumber ?? 0, isWrite: false, cancellationToken, _ =>
        {
            if (!_objects.TryGetValue(key, out var stored))
            {
                return null;
            }

            return partNumber is { } number && stored.PartSizes.Count > 0
                ? stored.Facts with { Size = stored.PartSizes[number - 1] }
                : stored.Facts;
        });

    public Task<IReadOnlyList<KeyValuePair<string, string>>> ReadTagsAsync(string key, CancellationToken cancellationToken)
        => DoAsync("GETTAGS", key, 0, isWrite: false, cancellationToken, _ => LacksTags ? throw NotThere() : Find(key).Tags);

    public async Task<WrittenObject> PutAsync(string key, PutRequest request, CancellationToken cancellationToken)
        => await WriteAsync("PUT", key, 0, request.Body, cancellationToken, (bytes, mishap) =>
        {
            if (request.OnlyIfAbsent && !IgnoresConditions && _objects.ContainsKey(key))
            {
                throw new StoreException(StoreFault.PreconditionFailed, 412, "PreconditionFailed", "exists");
            }

            var etag = HasOpaqueETags ? Opaque() : Md5(bytes);
            _objects[key] = new StoredObject(bytes, request.Headers, etag, clock.GetUtcNow());
            return new WrittenObject(mishap?.SaysETag ?? etag);
        });

    public Task<WrittenObject> CopyAsync(string key, CopyRequest request, CancellationToken cancellationToken)
        => DoAsync("COPY", key, 0, isWrite: true, cancellationToken, _ =>
        {
            var stored = CopySource(request);
            if (request.OnlyIfAbsent && !IgnoresConditions && _objects.ContainsKey(key))
            {
                throw new StoreException(StoreFault.PreconditionFailed, 412, "PreconditionFailed", "exists");
            }

            var etag = HasOpaqueETags ? Opaque() : Md5(stored.Bytes);
            _objects[key] = new StoredObject(stored.Bytes, request.Headers, etag, clock.GetUtcNow());
            return new WrittenObject(etag);
        });

    public Task<string> BeginUploadAsync(string key, ObjectHeaders headers, CancellationToken cancellationToken)
        => DoAsync("BEGIN", key, 0, isWrite: true, cancellationToken, _ =>
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"upload-{++_uploadIndex}");
            var now = clock.GetUtcNow();
            _uploads[id] = new Upload(key, headers, now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)));
            return id;
        });

    public async Task<UploadedPart> PutPartAsync(string key, string uploadId, PartRequest request, CancellationToken cancellationToken)
        => await WriteAsync("PART", key, request.Number, request.Body, cancellationToken, (bytes, mishap) =>
        {
            var etag = HasOpaqueETags ? Opaque() : Md5(bytes);
            FindUpload(uploadId).Parts[request.Number] = (bytes, etag);
            return new UploadedPart(request.Number, mishap?.SaysETag ?? etag, bytes.Length);
        });

    public Task<UploadedPart> CopyPartAsync(
        string key, string uploadId, int number, CopyRequest source, ByteRange range, CancellationToken cancellationToken)
        => DoAsync("COPYPART", key, number, isWrite: true, cancellationToken, _ =>
        {
            var bytes = CopySource(source).Bytes.AsSpan((int)range.First, (int)range.Length).ToArray();
            FindUpload(uploadId).Parts[number] = (bytes, Md5(bytes));
            return new UploadedPart(number, Md5(bytes), bytes.Length);
        });

    public Task<IReadOnlyList<UploadedPart>?> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken)
        => DoAsync<IReadOnlyList<UploadedPart>?>("LISTPARTS", key, 0, isWrite: false, cancellationToken, _ =>
            _uploads.TryGetValue(uploadId, out var upload)
                ? [.. upload.Parts.Select(p => new UploadedPart(p.Key, p.Value.ETag, p.Value.Bytes.Length))]
                : null);

    public Task<WrittenObject> CompleteUploadAsync(
        string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool onlyIfAbsent, CancellationToken cancellationToken)
        => DoAsync("COMPLETE", key, 0, isWrite: true, cancellationToken, mishap =>
        {
            var upload = FindUpload(uploadId);
            if (onlyIfAbsent && !IgnoresConditions && !IgnoresConditionOnComplete && _objects.ContainsKey(key))
            {
                throw new StoreException(StoreFault.PreconditionFailed, 412, "PreconditionFailed", "exists");
            }

            var kept = parts.Select(p => upload.Parts.TryGetValue(p.Number, out var part) && part.ETag == p.ETag
                ? part.Bytes
                : throw new StoreException(StoreFault.Permanent, 400, "InvalidPart", "no such part")).ToList();
            byte[] bytes = [.. kept.SelectMany(b => b)];
            if (mishap is { CorruptsWrite: true })
            {
                bytes[^1] ^= 1;
            }

            long[] sizes = [.. kept.Select(b => (long)b.Length)];
            var etag = HasOwnCompositeETags || HasOpaqueETags ? $"{Opaque()}-{kept.Count}" : Composite(bytes, sizes);
            _objects[key] = new StoredObject(bytes, upload.Headers, etag, upload.BegunAt) { PartSizes = sizes };
            _uploads.Remove(uploadId);
            return new WrittenObject(LeavesETagOutOnComplete ? null : mishap?.SaysETag ?? etag);
        });

    public Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken)
        => DoAsync("ABORT", key, 0, isWrite: true, cancellationToken, _ => _uploads.Remove(uploadId));

    public Task<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(string key, CancellationToken cancellationToken)
        => DoAsync<IReadOnlyList<UnfinishedUpload>>("LISTUPLOADS", key, 0, isWrite: false, cancellationToken, _ =>
            [.. _uploads.Where(u => u.Value.Key == key).Select(u => new UnfinishedUpload(u.Key, u.Value.BegunAt))]);

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
        => DoAsync("DELETE", key, 0, isWrite: true, cancellationToken, _ => _objects.Remove(key));

    public Task WriteTagsAsync(string key, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellationToken)
        => DoAsync("PUTTAGS", key, 0, isWrite: true, cancellationToken, _ =>
        {
            _objects[key] = LacksTags ? throw NotThere() : Find(key) with { Tags = tags };
            return true;
        });

    /// <summary>Begins an upload as somebody else would.</summary>
    public string BeginForeign(string key, DateTimeOffset begunAt)
    {
        lock (_gate)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"foreign-{++_uploadIndex}");
            _uploads[id] = new Upload(key, ObjectHeaders.None, begunAt);
            return id;
        }
    }

    private static StoreException NotThere() => new(StoreFault.NotImplemented, 501, "NotImplemented", "not here");

    private static string Opaque() => Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());

    private StoredObject Find(string key)
        => _objects.GetValueOrDefault(key) ?? throw new StoreException(StoreFault.NoSuchKey, 404, "NoSuchKey", "no such key");

    private Upload FindUpload(string id)
        => _uploads.GetValueOrDefault(id) ?? throw new StoreException(StoreFault.NoSuchUpload, 404, "NoSuchUpload", "no such upload");

    private StoredObject CopySource(CopyRequest request)
    {
        var stored = CopiesFrom?[request.SourceKey] ?? throw NotThere();
        return stored.ETag == request.IfMatch
            ? stored
            : throw new StoreException(StoreFault.PreconditionFailed, 412, "PreconditionFailed", "replaced");
    }

    private async Task<T> WriteAsync<T>(
        string verb, string key, int part, ObjectBody body, CancellationToken token, Func<byte[], Mishap?, T> keep)
    {
        byte[]? bytes = null;
        return await DoAsync(
            verb,
            key,
            part,
            isWrite: true,
            token,
            mishap =>
            {
                if (mishap is { CorruptsWrite: true } && bytes!.Length > 0)
                {
                    bytes = [.. bytes];
                    bytes[0] ^= 1;
                }
                else if (body.ContentMd5 is { } md5 && !md5.AsSpan().SequenceEqual(MD5.HashData(bytes!)))
                {
                    throw new StoreException(StoreFault.BadDigest, 400, "BadDigest", "other bytes than promised");
                }

                return keep(bytes!, mishap);
            },
            async () => bytes = await TakeAsync(body, token));
    }

    private static async Task<byte[]> TakeAsync(ObjectBody body, CancellationToken token)
    {
        if (body.Stream is null)
        {
            Assert.Equal(body.Length, body.Bytes.Length);
            return body.Bytes.ToArray();
        }

        var taken = new MemoryStream();
        await body.Stream.CopyToAsync(taken, 4_096, token);
        Assert.Equal(body.Length, taken.Length);
        return taken.ToArray();
    }

    private async Task<T> DoAsync<T>(
        string verb, string key, int part, bool isWrite, CancellationToken token, Func<Mishap?, T> act, Func<Task>? receive = null)
    {
        token.ThrowIfCancellationRequested();
        var mishap = Enter(verb, key, part, isWrite);
        try
        {
            await Task.Yield();
            if (mishap?.HeldUntil is { } held)
            {
                await held.WaitAsync(token);
            }

            if (mishap?.Before is { } before)
            {
                throw before();
            }

            if (receive is not null)
            {
                await receive();
            }

            token.ThrowIfCancellationRequested();
            T answer;
            lock (_gate)
            {
                answer = act(mishap);
            }

            return mishap?.After is { } after ? throw after() : answer;
        }
        finally
        {
            lock (_gate)
            {
                UnderWay--;
                WritesUnderWay -= isWrite ? 1 : 0;
            }
        }
    }

    private Mishap? Enter(string verb, string key, int part, bool isWrite)
    {
        StoreCall call;
        lock (_gate)
        {
            call = new StoreCall(++_index, verb, key, part);
            _calls.Add(part > 0 ? string.Create(CultureInfo.InvariantCulture, $"{verb} {key} {part}") : $"{verb} {key}");
            MostUnderWay = Math.Max(MostUnderWay, ++UnderWay);
            WritesUnderWay += isWrite ? 1 : 0;
        }

        return Script?.Invoke(call);
    }

    private sealed record Upload(string Key, ObjectHeaders Headers, DateTimeOffset BegunAt)
    {
        public SortedDictionary<int, (byte[] Bytes, string ETag)> Parts { get; } = [];
    }
}
