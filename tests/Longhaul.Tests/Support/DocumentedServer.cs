namespace Longhaul.Tests.Support;

/// <summary>A server with bounds that a test can reach, and the documents that it gives out.</summary>
public sealed class DocumentedServer : IAsyncLifetime
{
    public const int MaxBodyBytes = 20_000;
    public const int MaxPendingBytes = 2_000;

    private readonly ServerPlace _place = ServerPlace.For(DatabaseUnderTest.Sqlite);
    private LonghaulProcess? _process;

    public LonghaulProcess Process => _process!;

    public ServerPlace Place => _place;

    public Dictionary<string, OpenApiText> Documents { get; } = new(StringComparer.Ordinal);

    public async ValueTask InitializeAsync()
    {
        _process = await LonghaulProcess.ServeAsync(
            _place,
            ("LONGHAUL_Operations__EnableNoop", "true"),
            ("LONGHAUL_Operations__MaxBodyBytes", $"{MaxBodyBytes}"),
            ("LONGHAUL_Lists__MaxBodyBytes", $"{MaxBodyBytes}"),
            ("LONGHAUL_Saymon__MaxBodyBytes", $"{MaxBodyBytes}"),
            ("LONGHAUL_Engine__MaxPendingBytesPerAccount", $"{MaxPendingBytes}"));
        using var anybody = new HttpClient { BaseAddress = Process.Address };
        foreach (var name in (string[])["lists", "slurper", "operations", "saymon"])
        {
            Documents.Add(name, new OpenApiText(await anybody.GetStringAsync($"/openapi/{name}.json", TestContext.Current.CancellationToken)));
        }
    }

    public ListsClient NewClient() => new(Process.NewClient(), $"a{Guid.NewGuid():N}");

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _place.Dispose();
    }
}
