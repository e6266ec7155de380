using System.Text.Json;
using Longhaul.Hosting;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon.Sessions;

/// <summary>What somebody logs in with: a login and a password, or a secret alone.</summary>
/// <param name="Name">The name, or null with a secret alone.</param>
/// <param name="Secret">The password or the secret.</param>
internal sealed record Login(string? Name, string Secret)
{
    /// <summary>Whose it is, or null.</summary>
    public Caller? Find(Credentials credentials) => Name is null ? credentials.Find(Secret) : credentials.Find(Name, Secret);
}

/// <summary>Reads the body of a login.</summary>
internal static class LoginReader
{
    public static SaymonResult<Login> Read(ReadOnlyMemory<byte> body)
    {
        if (JsonText.Parse(body).IsFault(out var broken, out var document))
        {
            return broken;
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return SaymonFault.Bad("the body must be an object with login and password, or with auth-token");
            }

            if (root.TryGetProperty("auth-service", out _))
            {
                return SaymonFault.Bad("auth-service is not served here; log in with login and password, or with auth-token");
            }

            if (root.TryGetProperty("auth-token", out var token))
            {
                return ReadText(token, "auth-token").IsFault(out var bad, out var secret) ? bad : new Login(null, secret);
            }

            if (ReadMember(root, "login").IsFault(out var noName, out var name))
            {
                return noName;
            }

            return ReadMember(root, "password").IsFault(out var noPassword, out var password) ? noPassword : new Login(name, password);
        }
    }

    private static SaymonResult<string> ReadMember(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? ReadText(value, name) : SaymonFault.Absent(name);

    private static SaymonResult<string> ReadText(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Null => SaymonFault.Absent(name),
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? SaymonResult<string>.Of(text) : SaymonFault.Absent(name),
        _ => SaymonFault.Bad($"{name} must be a string"),
    };
}
