using System.Net;
using System.Net.Http.Headers;

namespace Longhaul.Tests.Support;

/// <summary>Scoped tokens as an operator makes them: by the command, beside a server or before it.</summary>
public static class Tokens
{
    /// <summary>How soon the effect of a command must hold in a running server.</summary>
    public static readonly TimeSpan Promise = TimeSpan.FromSeconds(5);

    public static Task<(int Code, string Output, string Errors)> RunAsync(ServerPlace place, params string[] arguments) =>
        LonghaulProcess.RunAsync(["token", .. arguments, .. place.Arguments]);

    /// <summary>Makes a token; completes with its secret.</summary>
    public static async Task<string> CreateAsync(ServerPlace place, string name, string[] permissions, params string[] accounts)
    {
        var (code, output, errors) = await RunAsync(
            place, ["create", "--name", name, .. permissions.SelectMany(p => (string[])["--permission", p]), .. accounts.SelectMany(a => (string[])["--account", a])]);
        Assert.True(code == 0, errors);
        Assert.EndsWith("\n", output, StringComparison.Ordinal);
        return Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Sends a request without any credential but those in the headers given.</summary>
    public static async Task<WireAnswer> SendAsync(this LonghaulProcess server, HttpMethod method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var http = server.NewClient();
        http.DefaultRequestHeaders.Authorization = null;
        return await new ListsClient(http, "none").SendAsync(method, path, body, headers);
    }

    /// <summary>A client that sends this secret as Bearer.</summary>
    public static HttpClient NewClient(this LonghaulProcess server, string secret)
    {
        var http = server.NewClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return http;
    }

    /// <summary>Asks again until a known token is (or is no longer) one, as long as the promise allows.</summary>
    public static async Task HoldsAsync(LonghaulProcess server, string secret, HttpStatusCode expected)
    {
        using var http = server.NewClient(secret);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Promise);
        HttpStatusCode? last = null;
        try
        {
            do
            {
                using var answer = await http.GetAsync("/v1/kinds", deadline.Token);
                last = answer.StatusCode;
            }
            while (last != expected);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"after {Promise.TotalSeconds} s the server still answers {last}, not {expected}");
        }
    }
}
