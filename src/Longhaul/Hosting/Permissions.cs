namespace Longhaul.Hosting;

/// <summary>What a token allows; the words for it are those of <see cref="PermissionWords"/>.</summary>
[Flags]
internal enum Permissions
{
    None = 0,
    OperationsRead = 1 << 0,
    OperationsEdit = 1 << 1,
    ListsRead = 1 << 2,
    ListsEdit = 1 << 3,
    SlurperRead = 1 << 4,
    SlurperEdit = 1 << 5,
    SaymonRead = 1 << 6,
    SaymonEdit = 1 << 7,

    /// <summary>Everything, on all accounts.</summary>
    Admin = 1 << 8,
}

/// <summary>What a route asks of its caller.</summary>
internal enum Need
{
    /// <summary>It only reads: the room's permission to read or to edit is enough.</summary>
    Read,

    /// <summary>It changes something.</summary>
    Edit,
}

/// <summary>A room that has permissions of its own: its face, and the operations whose kind begins with its prefix.</summary>
internal sealed class PermissionArea
{
    public static readonly PermissionArea Lists = new("lists.", Permissions.ListsRead, Permissions.ListsEdit);
    public static readonly PermissionArea Slurper = new("slurper.", Permissions.SlurperRead, Permissions.SlurperEdit);
    public static readonly PermissionArea Saymon = new("saymon.", Permissions.SaymonRead, Permissions.SaymonEdit);

    private static readonly PermissionArea Operations = new("", Permissions.OperationsRead, Permissions.OperationsEdit);
    private static readonly PermissionArea[] Rooms = [Lists, Slurper, Saymon];

    private readonly string _kinds;
    private readonly Permissions _read;
    private readonly Permissions _edit;

    private PermissionArea(string kinds, Permissions read, Permissions edit)
    {
        _kinds = kinds;
        _read = read | edit | Permissions.Admin;
        _edit = edit | Permissions.Admin;
    }

    /// <summary>The permissions any one of which opens a route of the room's face.</summary>
    public Permissions For(Need need) => need == Need.Read ? _read : _edit;

    /// <summary>The permissions any one of which opens operations of a kind; of null, of every kind.</summary>
    public static Permissions ForOperations(string? kind, Need need)
    {
        var allowed = Operations.For(need);
        foreach (var room in Rooms)
        {
            if (kind is not null && kind.StartsWith(room._kinds, StringComparison.Ordinal))
            {
                allowed |= room.For(need);
            }
        }

        return allowed;
    }
}

/// <summary>The permissions as people write them.</summary>
internal static class PermissionWords
{
    private static readonly (string Word, Permissions Permission)[] Words =
    [
        ("operations:read", Permissions.OperationsRead),
        ("operations:edit", Permissions.OperationsEdit),
        ("lists:read", Permissions.ListsRead),
        ("lists:edit", Permissions.ListsEdit),
        ("slurper:read", Permissions.SlurperRead),
        ("slurper:edit", Permissions.SlurperEdit),
        ("saymon:read", Permissions.SaymonRead),
        ("saymon:edit", Permissions.SaymonEdit),
        ("admin", Permissions.Admin),
    ];

    public static IEnumerable<string> All => Words.Select(w => w.Word);

    public static bool TryParse(string word, out Permissions permission)
    {
        permission = Array.Find(Words, w => w.Word == word).Permission;
        return permission != Permissions.None;
    }

    /// <summary>Reads words with blanks between them; what a newer program may have added allows nothing here.</summary>
    public static Permissions ParseAll(string words)
    {
        var permissions = Permissions.None;
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            permissions |= TryParse(word, out var permission) ? permission : Permissions.None;
        }

        return permissions;
    }

    /// <summary>Writes words with blanks between them, in one order.</summary>
    public static string Write(Permissions permissions) => string.Join(' ', Words.Where(w => permissions.HasFlag(w.Permission)).Select(w => w.Word));
}
