using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Storage;

namespace Longhaul.Hosting;

/// <summary>A token that was made; the secret is known here and nowhere else.</summary>
internal sealed record MadeToken(TokenRow Token, string Secret);

/// <summary>
/// What the command <c>token</c> does, on the database itself: beside a running server or before the first start. It opens no table but
/// its own, takes no lock on the data folder and waits its turn at the database's.
/// </summary>
internal sealed class TokenAdministration : IAsyncDisposable
{
    private const int PatienceSeconds = 60;
    private const int SecretBytes = 32;
    private const int IdLength = 16;
    private const int MaxNameLength = 64;
    private const int MaxAccounts = 100;
    private const int MaxTokens = 10_000;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly IdSource _ids;

    private TokenAdministration(Database database, TimeProvider clock, IdSource ids)
    {
        _database = database;
        _clock = clock;
        _ids = ids;
    }

    /// <summary>Opens the database that a server with the same two options would have.</summary>
    /// <param name="data">The data folder, or null for the default one.</param>
    /// <param name="database">PostgreSQL connection string, or null.</param>
    /// <param name="mayMake">Make the data folder and the database where they are missing.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="TokenRefusedException">It is missing, out of reach or newer than the program.</exception>
    public static async Task<TokenAdministration> OpenAsync(string? data, string? database, bool mayMake, CancellationToken cancellationToken)
    {
        Database? opened = null;
        try
        {
            opened = Database.For(database is null ? FindFile(data ?? ServeSettings.DefaultData, mayMake) : new PostgresTarget(database));
            await opened.OpenAsync([TokenStore.Line], cancellationToken);
            return new TokenAdministration(opened, TimeProvider.System, new IdSource());
        }
        catch (Exception exception)
        {
            if (opened is not null)
            {
                await opened.DisposeAsync();
            }

            throw exception switch
            {
                // With a cause it is the database that cannot be used; without one the sentence says what to do itself.
                StoreRefusedException { InnerException: not null } => new TokenRefusedException($"{exception.Message} Check --data or --database, and that the server's user runs this."),
                StoreRefusedException => new TokenRefusedException(exception.Message),
                FormatException or ArgumentException or KeyNotFoundException when database is not null =>
                    new TokenRefusedException($"--database is no connection string as PostgreSQL takes it: {exception.Message}"),
                _ => exception,
            };
        }
    }

    /// <summary>Makes a token. Completes when it is durable.</summary>
    /// <param name="name">Its name, or null for its id.</param>
    /// <param name="permissions">One or more words.</param>
    /// <param name="accounts">The accounts that it is for; may be empty with the permission <c>admin</c>.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <exception cref="TokenRefusedException">Something in the order is wrong, or the name is taken.</exception>
    public async Task<MadeToken> CreateAsync(string? name, IReadOnlyList<string> permissions, IReadOnlyList<string> accounts, CancellationToken cancellationToken)
    {
        var id = _ids.NewV4().ToString("N")[..IdLength];
        var secret = "lht_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        var row = new TokenRow(
            id,
            name ?? id,
            SHA256.HashData(Encoding.UTF8.GetBytes(secret)),
            PermissionWords.Write(CheckOrder(name, permissions, accounts)),
            string.Join(' ', accounts.Distinct(StringComparer.Ordinal)),
            _clock.GetUtcNow().ToUnixTimeMilliseconds(),
            null);
        await WriteAsync(
            async (session, token) =>
            {
                if (await TokenStore.CountLiveAsync(session, token) >= MaxTokens)
                {
                    throw new TokenRefusedException($"There are {MaxTokens} tokens already. End some with: longhaul token revoke NAME");
                }

                if (await TokenStore.FindAsync(session, row.Name, token) is { } other)
                {
                    throw NameTaken(row.Name, other.RevokedAt is not null);
                }

                return await TokenStore.AddAsync(session, row, token) ? row : throw NameTaken(row.Name, isRevoked: false);
            },
            cancellationToken);
        return new MadeToken(row, secret);
    }

    /// <summary>Says what is wrong with an order before any database is touched.</summary>
    /// <exception cref="TokenRefusedException">Something is.</exception>
    public static Permissions CheckOrder(string? name, IReadOnlyList<string> permissions, IReadOnlyList<string> accounts)
    {
        if (name is not null && (name.Length is 0 or > MaxNameLength || name.AsSpan().IndexOfAnyExcept(NameCharacters) >= 0 || name == "root"))
        {
            throw new TokenRefusedException($"'{name}' is no name for a token: 1 to {MaxNameLength} of A-Z a-z 0-9 . _ - and not 'root'. Choose another with --name.");
        }

        var all = Permissions.None;
        foreach (var word in permissions)
        {
            all |= PermissionWords.TryParse(word, out var permission)
                ? permission
                : throw new TokenRefusedException($"Unknown permission '{word}'. Give one or more --permission of: {string.Join(", ", PermissionWords.All)}.");
        }

        if (all == Permissions.None)
        {
            throw new TokenRefusedException($"A token needs a permission. Give one or more --permission of: {string.Join(", ", PermissionWords.All)}.");
        }

        CheckAccounts(all, accounts);
        return all;
    }

    /// <summary>All tokens, oldest first, also those that were revoked.</summary>
    public async Task<List<TokenRow>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _database.ReadOneAsync(TokenStore.ListAsync, cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            throw Unavailable(exception);
        }
    }

    /// <summary>Ends a token. Completes when that is durable, with the token as it was before.</summary>
    /// <exception cref="TokenRefusedException">There is none of that name or id.</exception>
    public Task<TokenRow> RevokeAsync(string nameOrId, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        return WriteAsync(
            async (session, token) =>
            {
                var found = await TokenStore.FindAsync(session, nameOrId, token)
                    ?? throw new TokenRefusedException($"There is no token '{nameOrId}'. See them with: longhaul token list");
                await TokenStore.RevokeAsync(session, found.Id, now, token);
                return found;
            },
            cancellationToken);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static void CheckAccounts(Permissions permissions, IReadOnlyList<string> accounts)
    {
        if (accounts.FirstOrDefault(a => !AccountName.IsValid(a)) is { } bad)
        {
            throw new TokenRefusedException($"'{bad}' is no account: 1 to 64 of A-Z a-z 0-9 _ - are. Correct --account.");
        }

        if (accounts.Count == 0 && !permissions.HasFlag(Permissions.Admin))
        {
            throw new TokenRefusedException("A token needs an account. Give one or more --account, or --permission admin for all of them.");
        }

        if (accounts.Count > MaxAccounts)
        {
            throw new TokenRefusedException($"A token may be for {MaxAccounts} accounts. Make several tokens, or give --permission admin for all accounts.");
        }
    }

    private static TokenRefusedException NameTaken(string name, bool isRevoked) =>
        new($"The name '{name}' is taken{(isRevoked ? " by a token that was revoked" : "")}. Choose another with --name.");

    private static TokenRefusedException Unavailable(StoreUnavailableException exception) =>
        new($"The database cannot do this now: {exception.Message}. Nothing was changed; try again.");

    private static SqliteTarget FindFile(string data, bool mayMake)
    {
        var folder = Path.GetFullPath(data);
        var file = Path.Combine(folder, DataFolder.DatabaseName);
        if (!mayMake && !File.Exists(file))
        {
            throw new TokenRefusedException($"There is no database in {folder}. Name the server's data folder with --data, or its database with --database.");
        }

        try
        {
            DataFolder.Make(folder);
        }
        catch (StartRefusedException exception)
        {
            throw new TokenRefusedException(exception.Message);
        }

        return new SqliteTarget(file) { PatienceSeconds = PatienceSeconds };
    }

    private async Task<TokenRow> WriteAsync(Func<DbSession, CancellationToken, ValueTask<TokenRow>> write, CancellationToken cancellationToken)
    {
        try
        {
            return await _database.WriteAsync(write, WriteWeight.Small, cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            throw Unavailable(exception);
        }
    }
}
