using System.Security.Cryptography;
using System.Text;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// A bucket of an S3-compatible store, spoken to directly: Signature Version 4 over plain requests, keys and headers byte for byte, a
/// body in memory signed by its hash and a streamed one as <c>UNSIGNED-PAYLOAD</c>, always with Content-Length and never in signed
/// chunks, which R2 and others refuse. Safe for concurrent use.
/// </summary>
internal sealed partial class S3Store : IObjectTarget
{
    private const string Vendor = "x-amz-";

    // From here on a streamed body waits for the store's "100 Continue", so that a refusal costs no bytes and leaves the stream unread.
    private const long ExpectContinueBytes = 1 << 20;

    // Marks a continuation of ListObjects version 1, the only one that some stores know: the last key of the page before follows.
    private const char MarkerSign = '\u0001';

    private readonly StoreHttp _http;
    private readonly S3Spec _spec;
    private readonly TimeProvider _timeProvider;
    private readonly SigV4 _signer;
    private readonly string[] _secrets;

    // Learnt from answers, by any caller: the right region on AWS, how wrong the clock is, that the store knows the first listing only.
    private volatile S3Route _route;
    private long _clockTicks;
    private volatile bool _listsByMarker;

    public S3Store(StoreHttp http, S3Spec spec, TimeProvider timeProvider)
    {
        _http = http;
        _spec = spec;
        _timeProvider = timeProvider;
        _signer = new SigV4(spec.AccessKeyId, spec.SecretAccessKey);
        _secrets = [spec.AccessKeyId, spec.SecretAccessKey];
        _route = S3Route.Of(spec);
    }

    public async Task<ListedPage> ListAsync(ListRequest request, CancellationToken cancellationToken)
    {
        var marker = request.Token is [MarkerSign, ..] ? request.Token[1..] : _listsByMarker && request.Token is null ? request.StartAfter ?? "" : null;
        var listing = await ListAsync(request, marker, cancellationToken);
        if (marker is null && listing is { HasMarker: true, HasKeyCount: false, NextToken: null })
        {
            // The store has answered in version 1, and so has not looked at start-after either.
            _listsByMarker = true;
            return request.StartAfter is null ? Page(listing, isByMarker: true) : await ListAsync(request, cancellationToken);
        }

        if (!BeginsAfter(listing, marker ?? (request.Token is null ? request.StartAfter : null)))
        {
            // Some stores know version 2 without start-after; the marker of version 1 says the same.
            _listsByMarker = marker is null
                ? true
                : throw new StoreException(StoreFault.Permanent, 200, null, "the listing does not begin after the key that it was asked to begin after");
            return await ListAsync(request, cancellationToken);
        }

        return Page(listing, marker is not null);
    }

    public async Task<ObjectContent> ReadAsync(string key, ReadRequest request, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Get, "GetObject", key);
        if (request.Range is { } range)
        {
            call.Unsigned.Add(new("Range", $"bytes={ObjectPath.Number(range.First)}-{ObjectPath.Number(range.Last)}"));
        }
        else
        {
            call.Signed.Add(new("x-amz-checksum-mode", "ENABLED"));
        }

        if (request.IfMatch is { } etag)
        {
            call.Unsigned.Add(new("If-Match", $"\"{etag}\""));
        }

        var response = await SendAsync(call, cancellationToken);
        try
        {
            return await StoreAnswers.OpenAsync(response, request, Vendor, cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public async Task<ObjectFacts?> HeadAsync(string key, int? partNumber, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Head, "HeadObject", key)
        {
            Query = ObjectPath.Query(("partNumber", partNumber is { } number ? ObjectPath.Number(number) : null)),
        };
        call.Signed.Add(new("x-amz-checksum-mode", "ENABLED"));
        try
        {
            using var response = await SendAsync(call, cancellationToken);
            return HeaderText.Read(response, response.Content.Headers.ContentLength ?? 0, Vendor);
        }
        catch (StoreException e) when (e.Fault == StoreFault.NoSuchKey)
        {
            return null;
        }
    }

    public async Task<WrittenObject> PutAsync(string key, PutRequest request, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Put, "PutObject", key) { Body = request.Body, NotFound = StoreFault.NoSuchBucket };
        HeaderText.Add(request.Headers, call.Signed, call.Unsigned);
        AddCondition(call, request.OnlyIfAbsent);
        using var response = await SendAsync(call, cancellationToken);
        return new WrittenObject(StoreXml.Unquote(HeaderText.Find(response.Headers.NonValidated, "ETag")));
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(new S3Call(HttpMethod.Delete, "DeleteObject", key), cancellationToken);
        }
        catch (StoreException e) when (e.Fault == StoreFault.NoSuchKey)
        {
            // It is not there, as was asked for.
        }
    }

    public async Task<IReadOnlyList<KeyValuePair<string, string>>> ReadTagsAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return StoreXml.ReadTags(await ReadWholeAsync(
                new S3Call(HttpMethod.Get, "GetObjectTagging", key) { Query = "tagging=" }, cancellationToken));
        }
        catch (StoreException e) when (e.Code == "NoSuchTagSet")
        {
            return [];
        }
    }

    public async Task WriteTagsAsync(string key, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Put, "PutObjectTagging", key) { Query = "tagging=", Body = InMemory(StoreXml.WriteTags(tags)) };
        using var response = await SendAsync(call, cancellationToken);
    }

    public void Dispose()
    {
        // The connections belong to all stores.
    }

    private async Task<StoreXml.Listing> ListAsync(ListRequest request, string? marker, CancellationToken cancellationToken)
    {
        var isFirstVersion = marker is not null;
        var call = new S3Call(HttpMethod.Get, isFirstVersion ? "ListObjects" : "ListObjectsV2", null)
        {
            NotFound = StoreFault.NoSuchBucket,
            Query = ObjectPath.Query(
                ("list-type", isFirstVersion ? null : "2"),
                ("continuation-token", isFirstVersion ? null : request.Token),
                ("start-after", isFirstVersion || request.Token is not null ? null : request.StartAfter),
                ("marker", marker is "" ? null : marker),
                ("encoding-type", "url"),
                ("max-keys", ObjectPath.Number(request.MaxKeys)),
                ("prefix", request.Prefix.Length > 0 ? request.Prefix : null)),
        };
        return StoreXml.ReadListing(await ReadWholeAsync(call, cancellationToken));
    }

    private static bool BeginsAfter(StoreXml.Listing listing, string? key) =>
        string.IsNullOrEmpty(key) || listing.Objects.Count == 0
        || Encoding.UTF8.GetBytes(listing.Objects[0].Key).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(key)) > 0;

    private static ListedPage Page(StoreXml.Listing listing, bool isByMarker)
    {
        if (!listing.IsTruncated)
        {
            return new ListedPage(listing.Objects, null);
        }

        var next = isByMarker
            ? (listing.NextMarker ?? listing.Objects.LastOrDefault()?.Key) is { } last ? MarkerSign + last : null
            : listing.NextToken;

        // A page that is not the last one and leads nowhere must not look like the end of the bucket.
        return new ListedPage(listing.Objects, next ?? throw new StoreException(
            StoreFault.Permanent, 200, null, "the listing says that it goes on and does not say where"));
    }

    private static void AddCondition(S3Call call, bool onlyIfAbsent)
    {
        if (onlyIfAbsent)
        {
            call.Unsigned.Add(new("If-None-Match", "*"));
        }
    }

    // Content-MD5 is demanded for small XML bodies by some stores and understood by all.
    private static ObjectBody InMemory(byte[] bytes) => new(bytes.Length, bytes, null, MD5.HashData(bytes));

    private async Task<ReadOnlyMemory<byte>> ReadWholeAsync(S3Call call, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(call, cancellationToken);
        return await StoreAnswers.ReadAsync(response, StoreXml.MaxBytes, cancellationToken);
    }

    // Completes with an answer of success, which the caller disposes. On AWS a bucket in another region is tried there once.
    private async Task<HttpResponseMessage> SendAsync(S3Call call, CancellationToken cancellationToken)
    {
        var route = _route;
        var response = await SendAsync(call, route, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        StoreXml.StoreError? error;
        using (response)
        {
            error = await StoreAnswers.FindErrorAsync(response, cancellationToken);
            if (!IsElsewhere(response, error))
            {
                LearnClock(response, error);
                throw StoreAnswers.Failure(call.Name, response, error, call.NotFound, _secrets);
            }

            _route = FindRoute(response, error, route) ?? throw Redirected(response, error);
            if (call.Body?.Stream is not null)
            {
                throw new StoreException(StoreFault.Passing, (int)response.StatusCode, error?.Code, $"{call.Name}: the bucket is in another region, which is known now");
            }
        }

        response = await SendAsync(call, _route, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            error = await StoreAnswers.FindErrorAsync(response, cancellationToken);
            throw IsElsewhere(response, error) ? Redirected(response, error) : StoreAnswers.Failure(call.Name, response, error, call.NotFound, _secrets);
        }
    }

    private static bool IsElsewhere(HttpResponseMessage response, StoreXml.StoreError? error) =>
        (int)response.StatusCode is >= 300 and < 400 || error?.Code is "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException"
        || (response.RequestMessage?.Method == HttpMethod.Head && (int)response.StatusCode == 400 && response.Headers.NonValidated.Contains("x-amz-bucket-region"));

    private S3Route? FindRoute(HttpResponseMessage response, StoreXml.StoreError? error, S3Route old)
    {
        var region = HeaderText.Find(response.Headers.NonValidated, "x-amz-bucket-region") ?? error?.Region;
        return _spec.IsAws && region is not null && S3Route.InRegion(_spec, region) is { } route && route != old ? route : null;
    }

    private static StoreException Redirected(HttpResponseMessage response, StoreXml.StoreError? error)
    {
        var status = (int)response.StatusCode;
        return status is >= 300 and < 400
            ? new StoreException(StoreFault.Permanent, status, error?.Code, $"the store answered {status}, a redirect, which is not followed; set the endpoint and region that the bucket is in")
            : new StoreException(StoreFault.Permanent, status, error?.Code, $"the store wants requests signed for another region{(error?.Region is { } r && S3Route.IsRegion(r) ? $", {r}" : "")}; set it as the region");
    }

    // What is signed with a wrong clock is refused; the store's own clock tells by how much it is wrong, and the next try is right.
    private void LearnClock(HttpResponseMessage response, StoreXml.StoreError? error)
    {
        if (error?.Code == "RequestTimeTooSkewed" && response.Headers.Date is { } theirs)
        {
            Volatile.Write(ref _clockTicks, (theirs - _timeProvider.GetUtcNow()).Ticks);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(S3Call call, S3Route route, CancellationToken cancellationToken)
    {
        using var request = Sign(call, route);
        return await _http.SendAsync(request, cancellationToken);
    }

    private HttpRequestMessage Sign(S3Call call, S3Route route)
    {
        var path = call.Key is null ? (route.Path.Length == 0 ? "/" : route.Path) : $"{route.Path}/{ObjectPath.Encode(call.Key)}";
        var address = call.Query.Length == 0 ? route.Origin + path : $"{route.Origin}{path}?{call.Query}";
        var request = new HttpRequestMessage(call.Method, ObjectPath.Address(address)) { Content = ContentOf(call) };
        var payloadHash = call.Body switch
        {
            null => SigV4.EmptyPayload,
            { Stream: not null } => SigV4.UnsignedPayload,
            { Bytes: var bytes } => SigV4.Hash(bytes.Span),
        };
        var timestamp = SigV4.Timestamp(_timeProvider.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _clockTicks)));
        var signed = new List<KeyValuePair<string, string>>(call.Signed.Count + 4)
        {
            new("x-amz-content-sha256", payloadHash),
            new("x-amz-date", timestamp),
        };
        signed.AddRange(call.Signed);
        if (call.Body?.ContentMd5 is { } md5)
        {
            signed.Add(new("content-md5", Convert.ToBase64String(md5)));
        }

        foreach (var (name, value) in signed)
        {
            HeaderText.Put(request, name, value);
        }

        foreach (var (name, value) in call.Unsigned)
        {
            HeaderText.Put(request, name, value);
        }

        signed.Add(new("host", route.Host));
        signed.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        HeaderText.Put(request, "Authorization", _signer.Sign(call.Method.Method, path, call.Query, signed, payloadHash, timestamp, route.Region));
        request.Headers.ExpectContinue = call.Body is { Stream: not null, Length: >= ExpectContinueBytes };
        return request;
    }

    private static HttpContent? ContentOf(S3Call call) => call.Body switch
    {
        { Stream: { } stream } body => new SendOnceContent(stream, body.Length),
        { Bytes: var bytes } => new ReadOnlyMemoryContent(bytes),
        null => call.Method == HttpMethod.Get || call.Method == HttpMethod.Head || call.Method == HttpMethod.Delete ? null : new ByteArrayContent([]),
    };
}
