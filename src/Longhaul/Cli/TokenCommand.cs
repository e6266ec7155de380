using System.CommandLine;
using System.Globalization;
using Longhaul.Hosting;
using Spectre.Console;

namespace Longhaul.Cli;

/// <summary><c>longhaul token</c>: makes, shows and ends scoped tokens, on the database itself.</summary>
internal static class TokenCommand
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static Command Create() => new("token", "Makes, shows and ends tokens for some accounts; also beside a running server, which follows within 5 s.")
    {
        CreateCreate(),
        CreateList(),
        CreateRevoke(),
    };

    private static Command CreateCreate()
    {
        var accounts = new Option<string[]>("--account") { Description = "An account that the token is for. Repeat it for more.", DefaultValueFactory = _ => [] };
        var permissions = new Option<string[]>("--permission")
        {
            Description = $"What it allows: {string.Join(", ", PermissionWords.All)}. Repeat it for more; admin is everything on all accounts.",
            DefaultValueFactory = _ => [],
        };
        var name = new Option<string?>("--name") { Description = "Its name. Defaults to its id." };
        var place = new Place();
        var command = new Command("create", "Makes a token and prints it, once: only its hash is kept.") { accounts, permissions, name, place.Data, place.Database };
        command.SetAction(async (result, cancellationToken) =>
        {
            var (data, database) = place.Of(result);
            var (wanted, forAccounts) = (result.GetValue(permissions)!, result.GetValue(accounts)!);
            TokenAdministration.CheckOrder(result.GetValue(name), wanted, forAccounts);
            await using var tokens = await TokenAdministration.OpenAsync(data, database, mayMake: true, cancellationToken);
            var made = await tokens.CreateAsync(result.GetValue(name), wanted, forAccounts, cancellationToken);
            await Terminal.Error.WriteLineAsync(
                $"Token '{made.Token.Name}' allows {made.Token.Permissions} on {Accounts(made.Token)}. It is shown once; a running server knows it within 5 s.");
            await Terminal.Output.WriteLineAsync(made.Secret);
            return 0;
        });
        return command;
    }

    private static Command CreateList()
    {
        var place = new Place();
        var command = new Command("list", "Shows the tokens, never their secrets: id, name, permissions, accounts, made, revoked.") { place.Data, place.Database };
        command.SetAction(async (result, cancellationToken) =>
        {
            var (data, database) = place.Of(result);
            await using var tokens = await TokenAdministration.OpenAsync(data, database, mayMake: false, cancellationToken);
            await ShowAsync(await tokens.ListAsync(cancellationToken));
            return 0;
        });
        return command;
    }

    private static Command CreateRevoke()
    {
        var which = new Argument<string>("token") { Description = "Name or id of the token." };
        var place = new Place();
        var command = new Command("revoke", "Ends a token.") { which, place.Data, place.Database };
        command.SetAction(async (result, cancellationToken) =>
        {
            var (data, database) = place.Of(result);
            await using var tokens = await TokenAdministration.OpenAsync(data, database, mayMake: false, cancellationToken);
            var before = await tokens.RevokeAsync(result.GetValue(which)!, cancellationToken);
            await Terminal.Error.WriteLineAsync(before.RevokedAt is { } at
                ? $"Token '{before.Name}' was revoked already, at {Time(at)}."
                : $"Token '{before.Name}' is revoked; a running server refuses it within 5 s.");
            return 0;
        });
        return command;
    }

    private static async Task ShowAsync(List<TokenRow> rows)
    {
        if (!Terminal.IsInteractive)
        {
            foreach (var row in rows)
            {
                await Terminal.Output.WriteLineAsync(string.Join('\t', Cells(row)));
            }

            return;
        }

        if (rows.Count == 0)
        {
            await Terminal.Error.WriteLineAsync("There are no tokens yet. Make one with: longhaul token create --account ID --permission lists:edit");
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var title in (string[])["id", "name", "permissions", "accounts", "made", "revoked"])
        {
            var isList = title is "permissions" or "accounts";
            table.AddColumn(title, column => column.NoWrap = !isList);
        }

        foreach (var row in rows)
        {
            table.AddRow([.. Cells(row).Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
    }

    private static string[] Cells(TokenRow row) =>
        [row.Id, row.Name, row.Permissions.Replace(' ', ','), Accounts(row), Time(row.CreatedAt), row.RevokedAt is { } at ? Time(at) : ""];

    private static string Accounts(TokenRow row) =>
        PermissionWords.ParseAll(row.Permissions).HasFlag(Permissions.Admin) ? "*" : row.Accounts.Replace(' ', ',');

    private static string Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>The options that say which database.</summary>
    private sealed class Place
    {
        public Option<string?> Data { get; } = new("--data") { Description = $"The server's data folder. Defaults to {ServeSettings.DefaultData} unless --database is given." };

        public Option<string?> Database { get; } = new("--database") { Description = "The server's PostgreSQL connection string." };

        public (string? Data, string? Database) Of(ParseResult result) => (result.GetValue(Data), result.GetValue(Database));
    }
}
