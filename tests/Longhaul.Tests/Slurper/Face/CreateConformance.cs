using System.Net;
using System.Text.Json;
using Longhaul.Slurper;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Section "create", as far as the wire shows it: S-10 to S-14 and S-17.</summary>
public abstract class CreateConformance(SlurperPlace place)
{
    [Fact]
    public async Task S10_a_minimal_job_is_answered_with_its_id_alone_and_overwrites()
    {
        using var client = place.NewAccount();

        var created = await client.SendAsync("POST", client.Jobs, SlurperClient.Job(place.Source(), place.Target()));

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal(["id"], created.Result.EnumerateObject().Select(m => m.Name));
        var id = created.Result.GetProperty("id").GetString()!;
        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Equal($"</v1/operations/{id}>; rel=\"monitor\"", created.Response.Headers.GetValues("Link").Single());
        var job = (await client.SendAsync("GET", $"{client.Jobs}/{id}")).Result;
        Assert.True(job.GetProperty("overwrite").GetBoolean());
        Assert.Contains(job.GetProperty("status").GetString(), (string[])["running", "completed"]);
        Assert.Equal(job.GetProperty("status").GetString() == "running", job.GetProperty("finishedAt").ValueKind == JsonValueKind.Null);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", job.GetProperty("createdAt").GetString()!);
    }

    [Theory]
    [InlineData("s3", "r2", "bucket,endpoint,keys,pathPrefix,vendor", "bucket,jurisdiction,vendor")]
    [InlineData("gcs", "r2", "bucket,keys,pathPrefix,vendor", "bucket,jurisdiction,vendor")]
    [InlineData("r2", "r2", "bucket,jurisdiction,keys,pathPrefix,vendor", "bucket,jurisdiction,vendor")]
    [InlineData("s3", "s3", "bucket,endpoint,keys,pathPrefix,vendor", "bucket,endpoint,vendor")]
    [InlineData("r2", "s3", "bucket,jurisdiction,keys,pathPrefix,vendor", "bucket,endpoint,vendor")]
    public async Task S12_a_job_shows_the_members_of_its_vendors_and_no_secret(string from, string to, string source, string target)
    {
        using var client = place.NewAccount();
        var id = await client.CreateAsync(SlurperClient.Job(place.Source(from), place.Target(to), ""","overwrite":false"""));

        var answer = await client.SendAsync("GET", $"{client.Jobs}/{id}");

        Assert.Equal(["createdAt", "finishedAt", "id", "overwrite", "source", "status", "target"], Names(answer.Result));
        Assert.Equal(source.Split(','), Names(answer.Result.GetProperty("source")));
        Assert.Equal(target.Split(','), Names(answer.Result.GetProperty("target")));
        Assert.False(answer.Result.GetProperty("overwrite").GetBoolean());
        Assert.Equal(JsonValueKind.Null, answer.Result.GetProperty("source").GetProperty("keys").ValueKind);
        Assert.Equal(JsonValueKind.Null, answer.Result.GetProperty("source").GetProperty("pathPrefix").ValueKind);
        Assert.DoesNotContain("region", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("""{"target":T}""", "/source")]
    [InlineData("""{"source":S}""", "/target")]
    [InlineData("""{"source":null,"target":T}""", "/source")]
    [InlineData("""{"source":{"bucket":"b","secret":K},"target":T}""", "/source/vendor")]
    [InlineData("""{"source":{"vendor":"azure","bucket":"b","secret":K},"target":T}""", "/source/vendor")]
    [InlineData("""{"source":{"vendor":"s3","secret":K},"target":T}""", "/source/bucket")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"a/b","secret":K},"target":T}""", "/source/bucket")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b"},"target":T}""", "/source/secret")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":"SECRETKEY"},"target":T}""", "/source/secret")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":{"accessKeyId":"SECRETID"}},"target":T}""", "/source/secret/secretAccessKey")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":{"secretAccessKey":"SECRETKEY"}},"target":T}""", "/source/secret/accessKeyId")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":{"accessKeyId":"SECRET ID","secretAccessKey":"SECRETKEY"}},"target":T}""", "/source/secret/accessKeyId")]
    [InlineData("""{"source":{"vendor":"gcs","bucket":"b","secret":K},"target":T}""", "/source/secret/accessKeyId|/source/secret/secretAccessKey|/source/secret/clientEmail|/source/secret/privateKey")]
    [InlineData("""{"source":{"vendor":"gcs","bucket":"b","secret":G,"endpoint":"https://example.com"},"target":T}""", "/source/endpoint")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"jurisdiction":"eu"},"target":T}""", "/source/jurisdiction")]
    [InlineData("""{"source":{"vendor":"r2","bucket":"b","secret":K,"jurisdiction":"mars"},"target":T}""", "/source/jurisdiction")]
    [InlineData("""{"source":{"vendor":"r2","bucket":"b","secret":K,"region":"auto"},"target":T}""", "/source/region")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"region":"evil.com/#"},"target":T}""", "/source/region")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"endpoint":"example.com"},"target":T}""", "/source/endpoint")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"endpoint":"https://user:HIDDEN@example.com"},"target":T}""", "/source/endpoint")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"keys":[]},"target":T}""", "/source/keys")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"keys":["a",5]},"target":T}""", "/source/keys/1")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"keys":["a\u0000"]},"target":T}""", "/source/keys/0")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"keys":["\ud800"]},"target":T}""", "/source/keys/0")]
    [InlineData("""{"source":{"vendor":"s3","bucket":"b","secret":K,"keys":[""]},"target":T}""", "/source/keys/0")]
    [InlineData("""{"source":S,"target":{"vendor":"gcs","bucket":"b","secret":G}}""", "/target/vendor")]
    [InlineData("""{"source":S,"target":{"vendor":"r2","bucket":"b","secret":K,"keys":["a"]}}""", "/target/keys")]
    [InlineData("""{"source":S,"target":T,"overwrite":"yes"}""", "/overwrite")]
    [InlineData("""{"source":S,"target":T,"overwrite":null}""", "/overwrite")]
    [InlineData("""{"source":S,"target":T,"overwrite_objects":false}""", "/overwrite_objects")]
    [InlineData("""{"source":S,"target":T,"target":T}""", "/target")]
    [InlineData("""{"source":S,"destination":T}""", "/destination|/target")]
    [InlineData("""[]""", "")]
    public async Task S13_every_fault_is_named_by_its_pointer(string template, string pointers)
    {
        using var client = place.NewAccount();

        var answer = await client.SendAsync("POST", client.Jobs, Fill(template));

        Assert.Equal(400, (int)answer.Status);
        Assert.Equal(pointers.Split('|'), answer.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("source").GetProperty("pointer").GetString()));
        Assert.All(answer.Body.GetProperty("errors").EnumerateArray(), e =>
        {
            Assert.Equal(19111, e.GetProperty("code").GetInt32());
            var at = e.GetProperty("source").GetProperty("pointer").GetString();
            Assert.StartsWith($"invalid {(at!.Length == 0 ? "body" : at)}: ", e.GetProperty("message").GetString(), StringComparison.Ordinal);
        });
        Assert.Equal(0, (await client.SendAsync("GET", client.Jobs)).Result.GetArrayLength());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("""{"source":{"secret":{"accessKeyId":"SECRETID","secretAccessKey":"SECRETKEY""")]
    public async Task S13_a_body_that_is_no_json_says_where(string body)
    {
        using var client = place.NewAccount();
        foreach (var (method, path) in ((string, string)[])[("POST", client.Jobs), ("PUT", $"{client.Base}/source/connectivity-precheck"), ("PUT", $"{client.Base}/target/connectivity-precheck")])
        {
            var answer = await client.SendAsync(method, path, body);

            Assert.Equal((400, 19110), ((int)answer.Status, answer.Code));
            Assert.StartsWith("invalid JSON: ", answer.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task S13_ten_thousand_keys_are_taken_and_one_more_is_not()
    {
        using var client = place.NewAccount();
        var most = $"[{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"k{i % 9_000}\""))}]";
        var bad = await client.SendAsync("POST", client.Jobs, SlurperClient.Job($"{place.Source()},\"keys\":{most[..^1]},\"x\"]", place.Target()));
        var id = await client.CreateAsync(SlurperClient.Job($"{place.Source()},\"keys\":{most}", place.Target()));

        Assert.Equal((400, "/source/keys"), ((int)bad.Status, bad.Body.GetProperty("errors")[0].GetProperty("source").GetProperty("pointer").GetString()));
        Assert.Equal(9_000, (await client.SendAsync("GET", $"{client.Jobs}/{id}")).Result.GetProperty("source").GetProperty("keys").GetArrayLength());
    }

    [Theory]
    [InlineData("http://storage.example.com", "storage.example.com")]
    [InlineData("https://127.0.0.1:9000", "127.0.0.1")]
    [InlineData("https://10.0.0.1", "10.0.0.1")]
    [InlineData("https://169.254.169.254/latest", "169.254.169.254")]
    [InlineData("https://[::1]", "[::1]")]
    [InlineData("https://0x7f000001", "127.0.0.1")]
    [InlineData("https://2130706433", "127.0.0.1")]
    public async Task S14_a_literal_endpoint_that_is_not_allowed_is_refused_at_once(string endpoint, string host)
    {
        using var client = place.NewAccount();
        var side = $$""" "vendor":"s3","bucket":"b","secret":{"accessKeyId":"SECRETID","secretAccessKey":"SECRETKEY"},"endpoint":"{{endpoint}}" """;
        (WireAnswer Answer, string Pointer)[] all =
        [
            (await client.SendAsync("POST", client.Jobs, SlurperClient.Job(side, place.Target())), "/source/endpoint"),
            (await client.SendAsync("POST", client.Jobs, SlurperClient.Job(place.Source(), side)), "/target/endpoint"),
            (await client.SendAsync("PUT", $"{client.Base}/source/connectivity-precheck", $"{{{side}}}"), "/endpoint"),
            (await client.SendAsync("PUT", $"{client.Base}/target/connectivity-precheck", $"{{{side}}}"), "/endpoint"),
        ];

        Assert.All(all, a =>
        {
            Assert.Equal((400, 19113), ((int)a.Answer.Status, a.Answer.Code));
            Assert.StartsWith($"endpoint not allowed: {host}; add it to Slurper:AllowedEndpoints", a.Answer.Message, StringComparison.Ordinal);
            Assert.Equal(a.Pointer, a.Answer.Body.GetProperty("errors")[0].GetProperty("source").GetProperty("pointer").GetString());
        });
    }

    [Fact]
    public async Task S17_a_repeated_create_makes_no_second_job()
    {
        using var client = place.NewAccount();
        var body = SlurperClient.Job(place.Source(), place.Target());
        var first = await client.CreateAsync(body, ("X-Stainless-Retry-Count", "0"));

        Assert.Equal(first, await client.CreateAsync(body, ("X-Stainless-Retry-Count", "1")));
        var second = await client.CreateAsync(body);
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, await client.CreateAsync(body + " ", ("X-Stainless-Retry-Count", "1")));

        var keyed = await client.CreateAsync(body, ("Idempotency-Key", "k"));
        var replayed = await client.SendAsync("POST", client.Jobs, body, ("Idempotency-Key", "k"));
        var reused = await client.SendAsync("POST", client.Jobs, body + " ", ("Idempotency-Key", "k"));
        Assert.Equal((201, keyed, "true"), ((int)replayed.Status, replayed.Result.GetProperty("id").GetString(), replayed.Response.Headers.GetValues("Idempotent-Replayed").Single()));
        Assert.Equal((422, 19032), ((int)reused.Status, reused.Code));
        Assert.Equal((400, 6003), await CodeAsync(client, body, ("Idempotency-Key", new string('k', 256))));
    }

    protected static string Fill(string template) => template
        .Replace(":S", """:{"vendor":"s3","bucket":"b","secret":K}""", StringComparison.Ordinal)
        .Replace(":T", """:{"vendor":"r2","bucket":"b","secret":K}""", StringComparison.Ordinal)
        .Replace(":K", """:{"accessKeyId":"SECRETID","secretAccessKey":"SECRETKEY"}""", StringComparison.Ordinal)
        .Replace(":G", """:{"clientEmail":"SECRETMAIL","privateKey":"-----BEGIN PRIVATE KEY-----SECRET"}""", StringComparison.Ordinal);

    protected static string[] Names(JsonElement value) => [.. value.EnumerateObject().Select(m => m.Name).Order()];

    private static async Task<(int, int)> CodeAsync(SlurperClient client, string body, params (string, string)[] headers)
    {
        var answer = await client.SendAsync("POST", client.Jobs, body, headers);
        return ((int)answer.Status, answer.Code);
    }
}

public sealed class CreateOnFake(FakePlace place) : CreateConformance(place), IClassFixture<FakePlace>
{
    private readonly FakePlace _place = place;

    [Fact]
    public async Task What_reaches_the_use_case_is_what_was_sent()
    {
        using var client = _place.NewAccount();
        const string Body = """
            {"name":"n","overwrite":false,"target":{"secret":{"secretAccessKey":"k2","accessKeyId":"i2"},"bucket":"to","vendor":"s3","endpoint":"https://10.9.1.1:9000/x","region":""},
             "source":{"keys":["a","b","a"],"pathPrefix":"/p","region":"eu-central-1","endpoint":"http://127.0.0.1:9000","secret":{"accessKeyId":"i1","secretAccessKey":"k1"},"bucket":"from","vendor":"s3","jurisdiction":null}}
            """;
        await client.CreateAsync(Body, ("X-Stainless-Retry-Count", "2"));
        var create = _place.Jobs.Creates.Last(c => c.Account == client.Account);

        Assert.Equal(("root", true, false, "n"), (create.SubmittedBy, create.IsRepetition, create.Request.Spec.Overwrite, create.Request.Spec.Name));
        Assert.Equal(new JobSecrets(new StoreSecret("i1", "k1"), new StoreSecret("i2", "k2")), create.Request.Secrets);
        Assert.Equal(["a", "b"], create.Request.Spec.Source.Keys!);
        Assert.Equal(
            new JobSource { Vendor = "s3", Bucket = "from", Endpoint = "http://127.0.0.1:9000", Region = "eu-central-1", PathPrefix = "/p", Keys = create.Request.Spec.Source.Keys },
            create.Request.Spec.Source);
        Assert.Equal(new JobTarget { Vendor = "s3", Bucket = "to", Endpoint = "https://10.9.1.1:9000/x" }, create.Request.Spec.Target);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Body)), create.BodyHash);
    }

    [Theory]
    [InlineData(FakeMigrationJobs.Unreachable, 400, 19112, "Preconnectivity failed, please verify tokens and try again")]
    [InlineData(FakeMigrationJobs.TooMuch, 429, 19118, "too much pending input (limit 1073741824 bytes)")]
    [InlineData(FakeMigrationJobs.NoStore, 503, 19503, "temporarily unavailable")]
    [InlineData(FakeMigrationJobs.Broken, 500, 19500, null)]
    public async Task A_create_that_cannot_be_is_told_as_the_contract_has_it(string bucket, int status, int code, string? message)
    {
        using var client = _place.NewAccount();

        var answer = await client.SendAsync("POST", client.Jobs, SlurperClient.Job(_place.Source().Replace("from", bucket, StringComparison.Ordinal), _place.Target()));

        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
        Assert.Equal(message ?? answer.Message, answer.Message);
        if (bucket == FakeMigrationJobs.Unreachable)
        {
            Assert.Equal("/source", answer.Body.GetProperty("errors")[1].GetProperty("source").GetProperty("pointer").GetString());
        }
    }

    [Fact]
    public async Task A_precheck_that_fails_is_a_good_answer_with_its_reason_in_a_header()
    {
        using var client = _place.NewAccount();
        foreach (var (side, text) in ((string, string)[])[("source", _place.Source("gcs")), ("target", _place.Target())])
        {
            var good = await client.SendAsync("PUT", $"{client.Base}/{side}/connectivity-precheck", $"{{{text}}}");
            var bad = await client.SendAsync("PUT", $"{client.Base}/{side}/connectivity-precheck", $"{{{text.Replace(side == "source" ? "from" : "to", FakeMigrationJobs.Unreachable, StringComparison.Ordinal)}}}");

            Assert.Equal((200, "success", false), ((int)good.Status, good.Result.GetProperty("connectivityStatus").GetString(), good.Response.Headers.Contains("x-slurper-reason")));
            Assert.Equal((200, "error"), ((int)bad.Status, bad.Result.GetProperty("connectivityStatus").GetString()));
            var reason = bad.Response.Headers.GetValues("x-slurper-reason").Single();
            Assert.Equal((256, "AccessDenied??xxx"), (reason.Length, reason[..17]));
        }

        Assert.Contains(_place.Jobs.Checks, c => c.Secret.Key.StartsWith("-----BEGIN PRIVATE KEY-----\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_with_the_limit()
    {
        using var client = _place.NewAccount();

        var answer = await client.SendAsync("POST", client.Jobs, new string(' ', FakePlace.MaxBodyBytes + 1));

        Assert.Equal((413, 19030, $"request too large: limit {FakePlace.MaxBodyBytes} bytes"), ((int)answer.Status, answer.Code, answer.Message));
    }
}
