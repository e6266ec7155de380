using System.Net;
using System.Text;
using System.Text.Json;

namespace Longhaul.Tests.EndToEnd.Secrecy;

/// <summary>The watch sees what it is there for.</summary>
public sealed class SecretWatchTests
{
    private const string Secret = "s/0123456789abcdefABCDEF+\"q\\é=";

    [Fact]
    public void A_secret_is_found_however_it_is_written()
    {
        var watch = new SecretWatch();
        watch.Add("it", Secret);
        var bytes = Encoding.UTF8.GetBytes(Secret);
        string[] written =
        [
            Secret,
            Secret[..^6],
            JsonSerializer.Serialize(Secret),
            Uri.EscapeDataString(Secret),
            WebUtility.UrlEncode(Secret),
            Convert.ToHexString(bytes),
            Convert.ToHexStringLower(bytes),
            Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(Secret)),
            .. Enumerable.Range(0, 6).Select(n => Convert.ToBase64String([.. Encoding.ASCII.GetBytes(new string('<', n)), .. bytes, .. ">>"u8])),
            .. Enumerable.Range(0, 3).Select(n => System.Buffers.Text.Base64Url.EncodeToString([.. Encoding.ASCII.GetBytes(new string('<', n)), .. bytes])),
        ];

        Assert.All(written, text => Assert.True(watch.Find($"before {text} behind")?.StartsWith("it (", StringComparison.Ordinal), text));
        Assert.Null(watch.Find("before s/0123456789abcde behind"));
    }
}
