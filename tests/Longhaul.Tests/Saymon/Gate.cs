using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Longhaul.Tests.Saymon;

/// <summary>An operation that holds a lane until it is opened, so that those behind it wait.</summary>
internal sealed class Gate : OperationKind
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string Name => "gate";

    public override string Description => "Holds a lane.";

    public void Add(IServiceCollection services) => services.AddSingleton<OperationKind>(this);

    public async Task CloseAsync(SaymonHost host, string lane) => await host.SubmitAsync(new Submission
    {
        Account = "default",
        Kind = this,
        Parameters = "{}",
        SubmittedBy = "root",
        Lane = lane,
        Chunks = [new ChunkInput(1, 0, () => [1])],
    });

    public void Open() => _opened.SetResult();

    public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        await _opened.Task.WaitAsync(cancellationToken);
        return new ChunkResult { Counts = new ItemCounts(1) };
    }
}
