using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Gcs;
using Longhaul.TestStores.Http;
using Longhaul.TestStores.Injection;
using Longhaul.TestStores.S3;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Longhaul.TestStores;

/// <summary>
/// An S3 endpoint in memory. Buckets, faults, keys and the request log are there for the test to read and to change while requests run;
/// all of it is safe for concurrent use and outlives <see cref="DieAsync"/>.
/// </summary>
public sealed class TestStore : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();
    private readonly ConcurrentDictionary<ConnectionContext, bool> _connections = new();
    private readonly SignatureCheck _signatures;
    private readonly S3Face _s3;
    private readonly GcsFace? _gcs;
    private WebApplication? _application;
    private long _uploads;

    private TestStore(TestStoreOptions options)
    {
        Options = options;
        Faults = new(options.Seed);
        Log = new(options.LogRequests, options.MaxLoggedRequests, options.Clock);
        _signatures = new(options, Credentials);
        _s3 = new(this);
        _gcs = options.Gcs ? new(this) : null;
    }

    /// <summary>May be changed while the store runs, but for the address.</summary>
    public TestStoreOptions Options { get; }

    /// <summary>Without a path, for path style.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public int Port => Address.Port;

    public FaultPlan Faults { get; }

    public Credentials Credentials { get; } = new();

    public RequestLog Log { get; }

    public IReadOnlyCollection<Bucket> Buckets => [.. _buckets.Values];

    /// <summary>The service accounts of the Google face; see <see cref="TestStoreOptions.Gcs"/>.</summary>
    public GcsAccounts GcsAccounts => _gcs?.Accounts ?? throw new InvalidOperationException("this store has no Google face: set TestStoreOptions.Gcs");

    /// <summary>Starts a store; completes when it listens.</summary>
    public static async Task<TestStore> StartAsync(TestStoreOptions? options = null, params string[] buckets)
    {
        var store = new TestStore(options ?? new());
        foreach (var bucket in buckets)
        {
            store.CreateBucket(bucket);
        }

        await store.ListenAsync(store.Options.Port);
        return store;
    }

    /// <summary>The bucket, which is made where it is missing.</summary>
    public Bucket CreateBucket(string name)
    {
        TryCreateBucket(name);
        return _buckets[name];
    }

    public bool TryCreateBucket(string name) => _buckets.TryAdd(name, new(name, Options.Clock.GetUtcNow(), Options.Clock));

    /// <summary>The bucket goes with all that is in it.</summary>
    public void DeleteBucket(string name) => _buckets.TryRemove(name, out _);

    public Bucket? FindBucket(string name) => _buckets.GetValueOrDefault(name);

    /// <summary>The bucket, which must exist.</summary>
    public Bucket Bucket(string name) => FindBucket(name) ?? throw new InvalidOperationException($"there is no bucket '{name}'");

    /// <summary>Stops listening and cuts all connections. What was stored stays. Call it from a fault by <see cref="Effect.After"/> too.</summary>
    public async Task DieAsync()
    {
        if (Interlocked.Exchange(ref _application, null) is not { } application)
        {
            return;
        }

        foreach (var connection in _connections.Keys)
        {
            connection.Abort(new ConnectionAbortedException("the store died"));
        }

        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        try
        {
            await application.StopAsync(now.Token);
        }
        catch (OperationCanceledException)
        {
            // That is what was asked for.
        }

        await application.DisposeAsync();
    }

    /// <summary>Listens again, at the same address.</summary>
    public Task ReviveAsync() => ListenAsync(Port);

    public async ValueTask DisposeAsync() => await DieAsync();

    internal string NextUploadId() => $"upload-{Interlocked.Increment(ref _uploads):x8}";

    private async Task ListenAsync(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
            kestrel.Listen(IPAddress.Parse(Options.Host), port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => async connection =>
                {
                    _connections[connection] = true;
                    try
                    {
                        await next(connection);
                    }
                    finally
                    {
                        _connections.TryRemove(connection, out _);
                    }
                });
                if (Options.Certificate is { } certificate)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        if (Options.Certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        var application = builder.Build();
        application.Run(HandleAsync);
        await application.StartAsync();
        _application = application;
        Address = new(application.Urls.First());
    }

    private async Task HandleAsync(HttpContext http)
    {
        S3Request request;
        try
        {
            request = S3Request.From(http, Options);
        }
        catch (S3Exception)
        {
            http.Response.StatusCode = 400;
            return;
        }

        request.Log = LogOf(request);
        Log.Begin(request.Log);
        try
        {
            await AnswerAsync(request);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested || e is IOException or OperationCanceledException or Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            // The client went away, or the store died.
            http.Abort();
        }
        finally
        {
            Log.End(request.Log);
        }
    }

    private async Task AnswerAsync(S3Request request)
    {
        request.Effects = Faults.Choose(request.Log);
        request.Log.IsInjected = request.Effects.Count > 0;
        Answer answer;
        try
        {
            if (!await BeforeAsync(request))
            {
                return;
            }

            answer = await DispatchAsync(request);
        }
        catch (S3Exception error)
        {
            answer = Answer.Error(error, request);
        }

        request.Log.Status = answer.Status;
        request.Log.ErrorCode = answer.ErrorCode;
        foreach (var effect in request.Effects)
        {
            await (effect.Kind switch
            {
                EffectKind.After => effect.Call!(request.Log),
                EffectKind.GateAnswer => effect.Waits!.PassAsync(request.Aborted),
                _ => Task.CompletedTask,
            });
        }

        request.Log.Status = 0;
        await AnswerWriter.WriteAsync(request, answer, Faults);
    }

    private async Task<Answer> DispatchAsync(S3Request request)
    {
        if (_gcs is not null && await _gcs.TryHandleAsync(request) is { } answer)
        {
            return answer;
        }

        var bearer = _gcs is not null && _gcs.Authorize(request);
        if (Options.RequireSignatures && !bearer)
        {
            request.Signature = _signatures.Check(request);
            request.Log.KeyId = request.Signature.KeyId;
            if (!Credentials.MayDo(request.Signature.KeyId, request.Verb, request.Bucket))
            {
                throw new S3Exception(403, "AccessDenied", "Access Denied");
            }
        }

        var done = await _s3.HandleAsync(request);
        return bearer ? GcsFace.Rename(request, done, FindBucket(request.Bucket)) : done;
    }

    /// <summary>The effects that come before the request is done; false where it is answered by them already.</summary>
    private async Task<bool> BeforeAsync(S3Request request)
    {
        foreach (var effect in request.Effects)
        {
            switch (effect.Kind)
            {
                case EffectKind.Gate:
                    await effect.Waits!.PassAsync(request.Aborted);
                    break;
                case EffectKind.Latency:
                    await Task.Delay(effect.Delay, Options.Clock, request.Aborted);
                    break;
                case EffectKind.Before:
                    await effect.Call!(request.Log);
                    break;
                case EffectKind.Error:
                    throw new S3Exception(effect.Status, effect.Code, effect.Text, effect.Headers);
                case EffectKind.ResetBefore:
                    request.Http.Abort();
                    return false;
            }
        }

        return true;
    }

    private LoggedRequest LogOf(S3Request request)
    {
        var keeps = Options.LogRequests;
        return new()
        {
            Number = Log.NextNumber(),
            Verb = (_gcs is null ? null : GcsFace.VerbOf(request)) ?? request.Verb,
            Method = request.Method,
            Bucket = request.Bucket,
            Key = request.Key,
            Query = keeps ? ToDictionary(request.Query) : new Dictionary<string, string>(),
            Headers = keeps
                ? request.Http.Request.Headers.ToDictionary(
                    h => h.Key.ToLowerInvariant(), h => h.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase) ? Shorten(h.Value.ToString()) : h.Value.ToString())
                : new Dictionary<string, string>(),
            StartedAt = Options.Clock.GetUtcNow(),
            IsHttps = request.Http.Request.IsHttps,
        };
    }

    private static Dictionary<string, string> ToDictionary(List<(string Name, string Value)> query)
    {
        var result = new Dictionary<string, string>();
        foreach (var (name, value) in query)
        {
            result[name] = value;
        }

        return result;
    }

    private static string Shorten(string authorization) => authorization.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? authorization[..slash] : "…";
}
