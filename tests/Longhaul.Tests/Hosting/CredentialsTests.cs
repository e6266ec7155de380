using System.Security.Cryptography;
using System.Text;
using Longhaul.Hosting;
using Microsoft.AspNetCore.Http;

namespace Longhaul.Tests.Hosting;

/// <summary>Naming the caller, which happens for every poll.</summary>
public sealed class CredentialsTests
{
    private const string RootSecret = "root-secret-0123456789-0123456789";
    private const string TokenSecret = "lht_token-secret";

    private readonly Credentials _credentials;

    public CredentialsTests()
    {
        var tokens = new TokenBook();
        tokens.Replace([new TokenRow("1", "ci", SHA256.HashData(Encoding.ASCII.GetBytes(TokenSecret)), "lists:read", "acme", 0, null)]);
        _credentials = new Credentials(RootSecrets.Load(RootSecret, new string('0', 64), null), tokens);
    }

    [Theory]
    [InlineData(RootSecret, "root")]
    [InlineData(TokenSecret, "token:ci")]
    public void A_known_caller_costs_no_memory(string secret, string name)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = $"Bearer {secret}";
        var first = _credentials.Check(context, CredentialForms.Cloudflare);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var second = _credentials.Check(context, CredentialForms.Cloudflare);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(name, first.Caller?.SubmitsAs);
        Assert.Same(first.Caller, second.Caller);
        Assert.Same(first.Caller?.User, second.Caller?.User);
        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData(CredentialForms.EventStream, "root")]
    [InlineData(CredentialForms.Bearer, null)]
    [InlineData(CredentialForms.Cloudflare, null)]
    public void A_token_in_the_query_counts_for_event_streams_only(object forms, string? name)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString($"?access_token={RootSecret}");

        Assert.Equal(name, _credentials.Check(context, (CredentialForms)forms).Caller?.SubmitsAs);
    }
}
