using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>
/// One dialect's column of section 10. A new face adds a class of this kind to <see cref="All" /> and the situations of its kinds to
/// <see cref="Situation.All" />.
/// </summary>
internal abstract class Face
{
    public static IReadOnlyList<Face> All { get; } = [new ListsFace()];

    /// <summary>True when the dialect knows operations of this kind; of others it must not say that they are there.</summary>
    public abstract bool Knows(string kind);

    /// <summary>Reads the operation through the dialect, before the test has looked at what it says.</summary>
    public abstract Task<WireAnswer> ReadAsync(ListsClient client, string id);

    /// <summary>Holds what the dialect says against what /v1 says of the same version.</summary>
    public abstract void Check(WireAnswer answer, JsonElement operation, Situation situation);

    /// <summary>The dialect's answer for an operation that is not there.</summary>
    public abstract void CheckUnknown(WireAnswer answer);
}

/// <summary>The column "Rules Lists".</summary>
internal sealed class ListsFace : Face
{
    public override bool Knows(string kind) => kind.StartsWith("lists.", StringComparison.Ordinal);

    public override Task<WireAnswer> ReadAsync(ListsClient client, string id) => client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{id}");

    public override void Check(WireAnswer answer, JsonElement operation, Situation situation)
    {
        Assert.Equal(200, (int)answer.Status);
        var result = answer.Result;
        var word = situation.State switch
        {
            "pending" => "pending",
            "running" => "running",
            "completed" => "completed",
            "failed" or "aborted" => "failed",
            _ => throw new InvalidOperationException($"{situation.State} cannot occur in this face"),
        };
        Assert.Equal(operation.GetProperty("id").GetString(), result.GetProperty("id").GetString());
        Assert.Matches("^[0-9a-f]{32}$", result.GetProperty("id").GetString());
        Assert.Equal(word, result.GetProperty("status").GetString());

        // No counters, no outcomes; the error is the operation's detail, the end its end, to the second.
        List<string> members = ["id", "status"];
        if (situation.IsFinal)
        {
            members.Add("completed");
            var end = operation.GetProperty("endTime").GetString()!;
            Assert.Equal($"{end[..19]}Z", result.GetProperty("completed").GetString());
        }

        if (word == "failed")
        {
            members.Add("error");
            var text = situation.State == "aborted" ? "operation aborted" : operation.GetProperty("error").GetProperty("detail").GetString();
            Assert.Equal(text, result.GetProperty("error").GetString());
        }

        Assert.Equal(members.Order(), result.EnumerateObject().Select(m => m.Name).Order());
    }

    public override void CheckUnknown(WireAnswer answer) => Assert.Equal((404, 19003), ((int)answer.Status, answer.Code));
}
