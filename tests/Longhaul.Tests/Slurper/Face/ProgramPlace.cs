using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>The program itself, as an operator runs it and with nothing of it swapped; its subclasses say which stores are behind it.</summary>
public abstract class ProgramPlace : SlurperPlace
{
    private readonly ServerPlace _data = ServerPlace.For(DatabaseUnderTest.Sqlite);
    private LonghaulProcess? _program;
    private HttpClient? _operations;

    public override Uri Address => _program!.Address;

    public override string Token => LonghaulProcess.Token;

    /// <summary>The operation behind a job, by the operations API; null where there is none.</summary>
    public async Task<JsonElement?> FindOperationAsync(string id, bool isWaitedFor = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/operations/{id}");
        if (isWaitedFor)
        {
            request.Headers.TryAddWithoutValidation("Prefer", "wait=60");
        }

        using var answer = await _operations!.SendAsync(request, TestContext.Current.CancellationToken);
        if (answer.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }

        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return json.RootElement.Clone();
    }

    /// <summary>Waits for the end of a job. Completes with its operation.</summary>
    public async Task<JsonElement> EndAsync(string id)
    {
        for (var waits = 0; waits < 3; waits++)
        {
            var operation = (await FindOperationAsync(id, isWaitedFor: true))!.Value;
            if (operation.GetProperty("state").GetString() is "completed" or "aborted" or "failed")
            {
                return operation;
            }
        }

        throw new InvalidOperationException($"job {id} does not end: {await FindOperationAsync(id)}");
    }

    public override async Task<string> SettledAsync(SlurperClient client, string id, string expected)
    {
        if (expected is "aborted" or "completed")
        {
            await EndAsync(id);
        }

        return await client.StatusAsync(id);
    }

    /// <summary>Status and counters of a job that has ended: objects, transferred, skipped, failed.</summary>
    public async Task<(string Status, long Objects, long Transferred, long Skipped, long Failed)> EndedAsync(SlurperClient client, string id)
    {
        await EndAsync(id);
        return Counters((await client.SendAsync("GET", $"{client.Jobs}/{id}/progress")).Result);
    }

    public static (string Status, long Objects, long Transferred, long Skipped, long Failed) Counters(JsonElement progress) =>
        (progress.GetProperty("status").GetString()!, progress.GetProperty("objects").GetInt64(), progress.GetProperty("transferredObjects").GetInt64(),
            progress.GetProperty("skippedObjects").GetInt64(), progress.GetProperty("failedObjects").GetInt64());

    /// <summary>The whole log of a job, page by page.</summary>
    public static async Task<List<JsonElement>> LogsAsync(SlurperClient client, string id, int limit = 50)
    {
        var lines = new List<JsonElement>();
        while ((await client.SendAsync("GET", $"{client.Jobs}/{id}/logs?limit={limit}&offset={lines.Count}")).Result is var page && page.GetArrayLength() > 0)
        {
            Assert.InRange(page.GetArrayLength(), 1, limit);
            lines.AddRange(page.EnumerateArray());
        }

        return lines;
    }

    /// <summary>Starts the program; every origin given may be named by jobs.</summary>
    protected async Task ServeAsync(IEnumerable<string> origins, params (string Name, string Value)[] options)
    {
        _program = await LonghaulProcess.ServeAsync(
            _data, [.. origins.Select((origin, i) => ($"LONGHAUL_Slurper__AllowedEndpoints__{i}", origin)), .. options.Select(o => ($"LONGHAUL_{o.Name}", o.Value))]);
        _operations = _program.NewClient();
    }

    public override async ValueTask DisposeAsync()
    {
        _operations?.Dispose();
        if (_program is not null)
        {
            await _program.DisposeAsync();
        }

        _data.Dispose();
        GC.SuppressFinalize(this);
    }
}
