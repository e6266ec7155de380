using System.Net.Http.Headers;
using Longhaul.Engine.Operations;
using Longhaul.Hosting;
using Longhaul.Slurper;
using Longhaul.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>A server with the face, and what its conformance tests need of what is behind it: buckets to name, and jobs in a state.</summary>
public abstract class SlurperPlace : IAsyncLifetime
{
    public abstract Uri Address { get; }

    public abstract string Token { get; }

    /// <summary>Both ways of describing an answer: the vendor's, and our own document.</summary>
    internal AnswerJudge Judge { get; private set; } = null!;

    public SlurperClient NewAccount(string? account = null, string? token = null)
    {
        var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Token);
        return new SlurperClient(http, account ?? $"a{Guid.NewGuid():N}", Judge);
    }

    /// <summary>A source that can be reached, as a member list without braces.</summary>
    public abstract string Source(string vendor = "s3");

    public abstract string Target(string vendor = "r2");

    /// <summary>A new job in a state: running, paused, aborted, completed.</summary>
    public abstract Task<string> BringAsync(SlurperClient client, string state);

    /// <summary>The status of a job once it has had the time to become what is expected of it.</summary>
    public virtual Task<string> SettledAsync(SlurperClient client, string id, string expected) => client.StatusAsync(id);

    public virtual async ValueTask InitializeAsync()
    {
        using var anybody = new HttpClient { BaseAddress = Address };
        Judge = new AnswerJudge(await anybody.GetStringAsync("/openapi/slurper.json", TestContext.Current.CancellationToken));
    }

    public abstract ValueTask DisposeAsync();
}

/// <summary>The real server with the use cases swapped.</summary>
public sealed class FakePlace : SlurperPlace
{
    public const int MaxBodyBytes = 1 << 20;
    public const string Scoped = "scoped";

    private readonly ServerPlace _place = ServerPlace.For(DatabaseUnderTest.Sqlite);
    private LonghaulServer? _server;

    public override Uri Address => new(_server!.Address);

    public override string Token => _server!.Secrets.Token;

    public string Reader { get; private set; } = "";

    public string Editor { get; private set; } = "";

    public string Stranger { get; private set; } = "";

    internal FakeMigrationJobs Jobs { get; } = new();

    public override string Source(string vendor = "s3") => vendor switch
    {
        "gcs" => """ "vendor":"gcs","bucket":"from","secret":{"clientEmail":"a@b.iam.gserviceaccount.com","privateKey":"-----BEGIN PRIVATE KEY-----\nSECRETPEM\n-----END PRIVATE KEY-----\n"} """,
        "r2" => """ "vendor":"r2","bucket":"from","secret":{"accessKeyId":"SECRETID","secretAccessKey":"SECRETKEY"} """,
        _ => """ "vendor":"s3","bucket":"from","secret":{"accessKeyId":"SECRETID","secretAccessKey":"SECRETKEY"} """,
    };

    public override string Target(string vendor = "r2") => $$""" "vendor":"{{vendor}}","bucket":"to","secret":{"accessKeyId":"SECRETID","secretAccessKey":"SECRETKEY"} """;

    public override async Task<string> BringAsync(SlurperClient client, string state)
    {
        var id = await client.CreateAsync(SlurperClient.Job(Source(), Target()));
        Jobs.Bring(id, OperationStates.Parse(state));
        return id;
    }

    public override async ValueTask InitializeAsync()
    {
        Reader = await Tokens.CreateAsync(_place, "reader", ["slurper:read"], Scoped);
        Editor = await Tokens.CreateAsync(_place, "editor", ["slurper:edit"], Scoped);
        Stranger = await Tokens.CreateAsync(_place, "stranger", ["lists:edit", "operations:edit"], Scoped);
        _server = await LonghaulServer.StartAsync(new ServeSettings("http://127.0.0.1:0", _place.Folder, null), TestContext.Current.CancellationToken, services =>
        {
            services.AddSingleton<IMigrationJobs>(Jobs);
            services.Configure<SlurperOptions>(options =>
            {
                options.MaxBodyBytes = MaxBodyBytes;
                options.AllowedEndpoints.Add("http://127.0.0.1:9000");
                options.AllowedEndpoints.Add("10.9.0.0/16");
            });
        });
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _server!.StopAsync();
        await _server.DisposeAsync();
        _place.Dispose();
    }
}
