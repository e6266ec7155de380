namespace Longhaul.Slurper.Objects;

/// <summary>
/// A bucket of Google Cloud Storage, for reading: the XML API with the access token of a service account. Safe for concurrent use.
/// </summary>
internal sealed class GcsStore(StoreHttp http, GcsSpec spec, TimeProvider timeProvider) : IObjectStore, IBucketReader
{
    private const string Vendor = "x-goog-";

    // A token so young that is refused was never good; an older one may have been revoked.
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    private readonly GcsTokens _tokens = new(http, spec, timeProvider);
    private readonly string _root = $"{spec.Endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{ObjectPath.EncodeQuery(spec.Bucket)}";

    public async Task<ListedPage> ListAsync(ListRequest request, CancellationToken cancellationToken)
    {
        var query = ObjectPath.Query(
            ("list-type", "2"),
            ("continuation-token", request.Token),
            ("start-after", request.Token is null ? request.StartAfter : null),
            ("encoding-type", "url"),
            ("max-keys", ObjectPath.Number(request.MaxKeys)),
            ("prefix", request.Prefix.Length > 0 ? request.Prefix : null));
        using var response = await SendAsync(HttpMethod.Get, "List Objects", $"{_root}?{query}", null, StoreFault.NoSuchBucket, cancellationToken);
        var listing = StoreXml.ReadListing(await StoreAnswers.ReadAsync(response, StoreXml.MaxBytes, cancellationToken));
        return !listing.IsTruncated
            ? new ListedPage(listing.Objects, null)
            : new ListedPage(listing.Objects, listing.NextToken ?? throw new StoreException(
                StoreFault.Permanent, 200, null, "the listing says that it goes on and does not say where"));
    }

    public async Task<ObjectContent> ReadAsync(string key, ReadRequest request, CancellationToken cancellationToken)
    {
        var response = await SendAsync(HttpMethod.Get, "Get Object", Address(key), request, StoreFault.NoSuchKey, cancellationToken);
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
        try
        {
            // There are no parts to ask for: an object here is one piece, however it was uploaded.
            using var response = await SendAsync(HttpMethod.Head, "Head Object", Address(key), null, StoreFault.NoSuchKey, cancellationToken);
            return HeaderText.Read(response, response.Content.Headers.ContentLength ?? 0, Vendor);
        }
        catch (StoreException e) when (e.Fault == StoreFault.NoSuchKey)
        {
            return null;
        }
    }

    public Task<IReadOnlyList<KeyValuePair<string, string>>> ReadTagsAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<KeyValuePair<string, string>>>([]);

    /// <summary>Needs <c>storage.buckets.get</c>. Only a refusal counts: what plays Google may not know the JSON API at all.</summary>
    public async Task ReadBucketAsync(CancellationToken cancellationToken)
    {
        try
        {
            var address = $"{spec.Endpoint.GetLeftPart(UriPartial.Authority)}/storage/v1/b/{ObjectPath.EncodeQuery(spec.Bucket)}?fields=id";
            using var response = await SendAsync(HttpMethod.Get, "Get Bucket", address, null, StoreFault.NotImplemented, cancellationToken);
        }
        catch (StoreException e) when (e.Fault == StoreFault.AccessDenied)
        {
            throw new StoreException(
                e.Fault, e.Status, e.Code, $"Get Bucket was answered {e.Status}: the service account needs storage.buckets.get on the bucket, beside storage.objects.get and storage.objects.list");
        }
        catch (StoreException e) when (e.Fault is not StoreFault.Unauthenticated)
        {
            // The objects have been listed and read by now.
        }
    }

    public void Dispose() => _tokens.Dispose();

    private string Address(string key) => $"{_root}/{ObjectPath.Encode(key)}";

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string name, string address, ReadRequest? read, StoreFault notFound, CancellationToken cancellationToken)
    {
        var token = await _tokens.GetAsync(cancellationToken);
        using var request = new HttpRequestMessage(method, ObjectPath.Address(address));
        HeaderText.Put(request, "Authorization", "Bearer " + token.Value);
        if (read is not null || method == HttpMethod.Head)
        {
            // Without it Google would unpack objects that were stored with Content-Encoding: gzip.
            HeaderText.Put(request, "Accept-Encoding", "gzip");
        }

        if (read?.Range is { } range)
        {
            HeaderText.Put(request, "Range", $"bytes={ObjectPath.Number(range.First)}-{ObjectPath.Number(range.Last)}");
        }

        if (read?.IfMatch is { } etag)
        {
            HeaderText.Put(request, "If-Match", $"\"{etag}\"");
        }

        var response = await http.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await FailureAsync(response, name, token, notFound, cancellationToken);
        }
    }

    private async Task<StoreException> FailureAsync(
        HttpResponseMessage response, string name, GcsTokens.Token token, StoreFault notFound, CancellationToken cancellationToken)
    {
        var error = await StoreAnswers.FindErrorAsync(response, cancellationToken);
        if ((int)response.StatusCode is >= 300 and < 400)
        {
            return new StoreException(StoreFault.Permanent, (int)response.StatusCode, null, $"{name} was answered with a redirect, which is not followed");
        }

        var failure = StoreAnswers.Failure(name, response, error, notFound, [token.Value, spec.ClientEmail]);
        if ((int)response.StatusCode != 401)
        {
            return failure;
        }

        _tokens.Forget(token);
        return timeProvider.GetUtcNow() - token.IssuedAt < Young
            ? failure
            : new StoreException(StoreFault.Passing, 401, failure.Code, $"{name}: the access token is not accepted any more; another one is fetched");
    }
}
