using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Embedding;

/// <summary>The packages as `dotnet pack` makes them.</summary>
[Collection("services")]
public sealed partial class PackageTests(Packages packages) : IClassFixture<Packages>
{
    private static readonly XNamespace Nuspec = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";

    [Theory]
    [InlineData("Longhaul.Engine", "Microsoft.Data.Sqlite Microsoft.Extensions.Hosting.Abstractions Microsoft.Extensions.Options Npgsql")]
    [InlineData("Longhaul.AspNetCore", "Longhaul.Engine")]
    public void A_package_says_what_it_is_and_asks_for_no_more_than_it_needs(string id, string dependencies)
    {
        using var package = ZipFile.OpenRead(Path.Combine(packages.Folder, $"{id}.{Packages.Version}.nupkg"));
        using var stream = package.GetEntry($"{id}.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Element(Nuspec + "metadata")!;
        string Value(string name) => metadata.Element(Nuspec + name)!.Value;

        Assert.Equal((id, Packages.Version, "MIT", "README.md"), (Value("id"), Value("version"), Value("license"), Value("readme")));
        Assert.True(Value("description").Length > 60);
        Assert.Contains("long-running", Value("tags"), StringComparison.Ordinal);
        Assert.Null(metadata.Element(Nuspec + "repository")?.Attribute("url"));
        Assert.Null(metadata.Element(Nuspec + "projectUrl"));
        var asked = metadata.Descendants(Nuspec + "dependency").ToList();
        Assert.Equal(dependencies.Split(' '), asked.Select(d => d.Attribute("id")!.Value));
        Assert.All(asked, d => Assert.Matches(AtLeast(), d.Attribute("version")!.Value));
    }

    [Theory]
    [InlineData("Longhaul.Engine")]
    [InlineData("Longhaul.AspNetCore")]
    public void A_package_holds_the_library_its_documentation_and_its_readme(string id)
    {
        using var package = ZipFile.OpenRead(Path.Combine(packages.Folder, $"{id}.{Packages.Version}.nupkg"));
        var names = package.Entries.Select(e => e.FullName).Where(n => !n.StartsWith("_rels", StringComparison.Ordinal) && !n.StartsWith("package/", StringComparison.Ordinal));

        string[] expected = ["README.md", "[Content_Types].xml", $"{id}.nuspec", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        using var symbols = ZipFile.OpenRead(Path.Combine(packages.Folder, $"{id}.{Packages.Version}.snupkg"));
        Assert.Contains(symbols.Entries, e => e.Name == $"{id}.pdb");
    }

    [GeneratedRegex(@"^[0-9]+\.[0-9]+\.[0-9]+$")]
    private static partial Regex AtLeast();
}

/// <summary>Both packages, packed once from what was built with the tests.</summary>
public sealed class Packages : IAsyncLifetime
{
    public const string Version = "0.1.0";

    private readonly TempFolder _folder = new();

    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", ".."));

    public string Folder => _folder.FullPath;

    public async ValueTask InitializeAsync()
    {
        foreach (var project in (string[])["Longhaul.Engine", "Longhaul.AspNetCore"])
        {
            await HostProcess.RunAsync(Root, "dotnet", "pack", $"src/{project}", "-c", "Release", "--no-build", "-v", "quiet", "-o", Folder);
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }
}
