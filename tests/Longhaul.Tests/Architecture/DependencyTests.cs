using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Architecture;

/// <summary>
/// The walls that the compiler does not hold: which room may name which. Reads <c>using</c> directives and dotted names alike, since
/// a name in <c>Longhaul.Lists</c> can be reached from <c>Longhaul.Hosting</c> without any directive.
/// </summary>
public sealed partial class DependencyTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", ".."));

    public static TheoryData<string, string> Walls => new()
    {
        { "src/Longhaul.Engine", @"Microsoft\.AspNetCore|Longhaul\.AspNetCore|Longhaul\.Lists|Longhaul\.Hosting" },
        { "src/Longhaul.Engine", @"(?i:\b(rules?lists?|list_items|slurper|saymon|bucket|cloudflare)\b)" },
        { "src/Longhaul.Engine/Operations", @"Engine\.(Storage|Running|Upkeep|Signals)\b|Npgsql|Microsoft\.Data|DbSession" },
        { "src/Longhaul.Engine/Storage", @"Engine\.(Running|Upkeep)\b" },
        { "src/Longhaul.Engine/Signals", @"Engine\.(Running|Upkeep)\b" },
        { "src/Longhaul.Engine/Running", @"Engine\.Upkeep\b|Npgsql|Microsoft\.Data\.Sqlite|SQLitePCL" },
        { "src/Longhaul.Engine/Upkeep", @"Npgsql|Microsoft\.Data\.Sqlite|SQLitePCL" },
        { "src/Longhaul.Engine/Testing", @"Npgsql|Microsoft\.Data\.Sqlite|SQLitePCL" },
        { "src", @"using Longhaul\.Engine\.Testing" },
        { "src/Longhaul.AspNetCore", @"Longhaul\.(Lists|Hosting|Cli)\b|Npgsql|Microsoft\.Data\.Sqlite|LONGHAUL_TOKEN" },
        { "src/Longhaul/Lists", @"Longhaul\.(Cli|Slurper|Saymon|Dashboard)\b|(?<!\w)(Cli|Slurper|Saymon)\.|Npgsql|Microsoft\.Data\.Sqlite|SQLitePCL" },
        { "src/Longhaul/Slurper", @"Longhaul\.(Cli|Lists|Saymon|Dashboard)\b|(?<!\w)(Cli|Saymon)\.|(?<!\w)Lists\.(Bodies|Items|Lookup|Transfer|Lists|Rules)|Npgsql|Microsoft\.Data\.Sqlite|SQLitePCL" },
        { "src/Longhaul/Saymon", @"Longhaul\.(Cli|Lists|Slurper|Dashboard)\b|(?<!\w)(Cli|Lists|Slurper)\.[A-Z]|Npgsql|Microsoft\.Data\.Sqlite|SQLitePCL" },
        { "src/Longhaul/Hosting", @"Longhaul\.Cli\b|(?<![\w.])Cli\.|Npgsql|Microsoft\.Data\.Sqlite|SQLitePCL" },
        { "src/Longhaul/Cli", @"Longhaul\.(Lists|Engine|AspNetCore)\b|(?<![\w.])(Lists|Engine)\.[A-Z]|Npgsql|Microsoft\.Data\.Sqlite" },
        { "src", @"(?<!// .*)\b(DateTime\.UtcNow|DateTime\.Now|Guid\.NewGuid|Random\.Shared|Thread\.Sleep)\b" },
    };

    [Theory]
    [MemberData(nameof(Walls))]
    public void A_room_names_only_what_it_may(string room, string forbidden)
    {
        var pattern = new Regex(forbidden);
        var found = Sources(room).SelectMany(file => File.ReadLines(file)
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && pattern.IsMatch(line))
            .Select(line => $"{Path.GetRelativePath(Root, file)}: {line.Trim()}"));

        Assert.Empty(found);
    }

    [Fact]
    public void Asp_net_stays_in_endpoint_wire_and_call_files_and_in_hosting()
    {
        var found = Sources("src/Longhaul/Lists")
            .Where(f => !EndpointFile().IsMatch(Path.GetFileName(f)))
            .Where(f => File.ReadLines(f).Any(l => l.Contains("Microsoft.AspNetCore", StringComparison.Ordinal)));

        Assert.Empty(found);
    }

    [Fact]
    public void The_database_drivers_are_named_in_storage_only()
    {
        var found = Sources("src").Where(f => !f.Contains("/Storage/", StringComparison.Ordinal))
            .Where(f => File.ReadLines(f).Any(l => l.StartsWith("using Npgsql", StringComparison.Ordinal) || l.StartsWith("using Microsoft.Data.Sqlite", StringComparison.Ordinal)));

        Assert.Empty(found);
    }

    [Fact]
    public void The_console_belongs_to_one_file()
    {
        var found = Sources("src").Where(f => File.ReadLines(f).Any(l => ConsoleCall().IsMatch(l))).Select(f => Path.GetRelativePath(Root, f));

        Assert.Equal(["src/Longhaul/Cli/Terminal.cs", "src/Longhaul/Hosting/LonghaulServer.cs"], found.Order());
    }

    [Fact]
    public void The_map_names_the_rooms_that_exist()
    {
        var map = File.ReadAllText(Path.Combine(Root, "ARCHITECTURE.md"));
        var rooms = Directory.GetDirectories(Path.Combine(Root, "src"))
            .SelectMany(p => Directory.GetDirectories(p).Prepend(p))
            .Where(d => Directory.EnumerateFiles(d, "*.cs").Any())
            .Select(d => Path.GetFileName(d)!);

        Assert.DoesNotContain(rooms, r => !map.Contains(r, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Sources(string room) =>
        Directory.EnumerateFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal));

    [GeneratedRegex("(Endpoints|Wire|Call|Services)\\.cs$")]
    private static partial Regex EndpointFile();

    [GeneratedRegex(@"(?<!Ansi)\bConsole\.(Out|Error|Write|Is|Read)")]
    private static partial Regex ConsoleCall();
}
