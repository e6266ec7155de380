using System.Globalization;
using System.Text;
using Longhaul.Slurper;
using Longhaul.Slurper.Bodies;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Bodies that no client should send: never a fault of the server, never a secret in an answer. LONGHAUL_SEED repeats a run.</summary>
public sealed class RubbishTests(FakePlace place) : IClassFixture<FakePlace>
{
    private static readonly IEndpointRules Rules = new PublicOnly();

    [Theory]
    [InlineData("{\"source\":{\"provider\":\"s3\"}}", "/source/provider", "write 'vendor'")]
    [InlineData("{\"source\":{\"access_key_id\":\"SECRETID\"}}", "/source/access_key_id", "write it into 'secret', as 'accessKeyId'")]
    [InlineData("{\"source\":{\"secret\":{\"access_key_id\":\"SECRETID\"}}}", "/source/secret/access_key_id", "write 'accessKeyId'")]
    [InlineData("{\"destination\":{}}", "/destination", "write 'target'")]
    [InlineData("{\"overwrite_objects\":false}", "/overwrite_objects", "write 'overwrite'")]
    [InlineData("{\"source\":{\"path_prefix\":\"x\"}}", "/source/path_prefix", "write 'pathPrefix'")]
    [InlineData("{\"nonsense\":1}", "/nonsense", "there can only be 'source', 'target', 'overwrite', 'name'")]
    public void A_misnaming_that_is_known_is_answered_with_the_right_name(string body, string pointer, string advice)
    {
        var faults = Read(body);

        Assert.Contains(faults, f => f.Pointer == $"/params{pointer}" && f.Message.EndsWith(advice, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{\"source\":{\"secret\":{\"SECRETKEY1234567890/+abc\":1}}}")]
    [InlineData("{\"source\":{\"secret\":{\"accessKeyId\":\"SECRET\\u0000\",\"secretAccessKey\":{\"SECRET\":1}}}}")]
    [InlineData("{\"source\":{\"vendor\":\"s3\",\"secret\":[\"SECRET\"],\"endpoint\":\"https://u:SECRET@h\"}}")]
    [InlineData("{\"source\":{\"vendor\":\"s3\",\"endpoint\":\"https://h/?SECRET\"},\"target\":{\"vendor\":\"s3\",\"endpoint\":\"SECRET\"}}")]
    [InlineData("{\"source\":{\"vendor\":\"gcs\",\"secret\":{\"clientEmail\":\"SECRET\\u0001\",\"privateKey\":\"SECRET\"}}}")]
    [InlineData("{\"source\":{\"secret\":{\"accessKeyId\":\"SECRET\",\"accessKeyId\":\"SECRET\" \"SECRET\"}}}")]
    public void No_fault_quotes_a_secret(string body)
    {
        var faults = Read(body);

        Assert.NotEmpty(faults);
        Assert.All(faults, f => Assert.DoesNotContain("SECRET", f.Message + f.Pointer, StringComparison.Ordinal));
    }

    [Fact]
    public void Faults_are_told_up_to_a_bound_and_the_rest_is_counted()
    {
        var faults = Read($"{{\"source\":{{\"keys\":[{string.Join(',', Enumerable.Repeat("1", 500))}]}}}}");

        Assert.Equal(101, faults.Count);
        Assert.StartsWith("4", faults[^1].Message, StringComparison.Ordinal);
        Assert.EndsWith("more faults are not shown; mend these first and send again", faults[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mutations_of_good_bodies_are_never_a_fault()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"LONGHAUL_SEED={seed}");
        var random = new Random(seed);
        using var client = place.NewAccount();
        var id = await place.BringAsync(client, "paused");
        string[] good = ["s3", "gcs", "r2"];
        for (var i = 0; i < 1_500; i++)
        {
            var source = place.Source(good[random.Next(3)]).TrimEnd() + ""","keys":["a","\u00e9"],"pathPrefix":"p" """;
            var (method, path, body) = random.Next(4) switch
            {
                0 => ("PUT", $"{client.Base}/source/connectivity-precheck", $"{{{source}}}"),
                1 => ("PUT", $"{client.Base}/target/connectivity-precheck", $"{{{place.Target()}}}"),
                2 => ("PUT", $"{client.Jobs}/{id}/resume", """{"source":{"secret":{"accessKeyId":"a","secretAccessKey":"b"}}}"""),
                _ => ("POST", client.Jobs, SlurperClient.Job(source, place.Target(), ""","overwrite":true""")),
            };
            using var content = new ByteArrayContent(Mutate(Encoding.UTF8.GetBytes(body.Replace("SECRET", "HIDDEN", StringComparison.Ordinal)), random));
            var answer = await client.SendAsync(method, path, content);
            Assert.True((int)answer.Status < 500, $"{method} {path}: {answer.Text}");
        }
    }

    [Fact]
    public async Task Paths_and_queries_of_rubbish_are_never_a_fault()
    {
        using var client = place.NewAccount();
        foreach (var word in (string[])["%FF", "%C3%28", "%25", "'%22", "%F0%9F%98%80", new string('a', 5_000), "%20", "+", ";", "%7B%7D", "abortAll", "%00"])
        {
            foreach (var path in (string[])[$"{client.Jobs}/{word}", $"{client.Jobs}/{word}/progress", $"{client.Jobs}/{word}/logs?limit={word}", $"{client.Jobs}?offset={word}", $"{client.Base}/{word}", $"{client.Jobs}/{word}/pause"])
            {
                foreach (var method in (string[])["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
                {
                    using var http = new HttpClient { BaseAddress = place.Address };
                    http.DefaultRequestHeaders.Authorization = new("Bearer", place.Token);
                    using var request = new HttpRequestMessage(new HttpMethod(method), path);
                    using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
                    Assert.True((int)answer.StatusCode < 500, $"{method} {path}");
                }
            }
        }
    }

    private static List<JobFault> Read(string body)
    {
        var faults = new List<JobFault>();
        Assert.Null(JobReader.ReadCreate(Encoding.UTF8.GetBytes(body), "/params", Rules, faults));
        return faults;
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        var bytes = good.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, (byte)"{}[]\",:\\0"[random.Next(9)]);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)));
                    break;
            }
        }

        return [.. bytes];
    }

    private sealed class PublicOnly : IEndpointRules
    {
        private readonly EndpointGuard _guard = new([]);

        public string? FindRefusal(Uri endpoint) => _guard.FindRefusal(endpoint);
    }
}
