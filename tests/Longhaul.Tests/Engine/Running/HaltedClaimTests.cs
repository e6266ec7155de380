using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Longhaul.Tests.Engine.Running;

/// <summary>An operation that is halted while its chunk is being claimed: the chunk must be told, or it goes on to its end.</summary>
public sealed class HaltedClaimTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_halt_right_behind_a_claim_reaches_the_chunk(bool isAbort)
    {
        using var folder = new TempFolder();
        var kind = new EndlessKind();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddLonghaulEngine(new SqliteTarget(folder["test.db"]));
        builder.Services.AddSingleton<OperationKind>(kind);
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var operations = host.Services.GetRequiredService<DurableOperations>();

        // The claim and the halt mostly end up in one commit; where they do not, the round proves nothing.
        for (var round = 0; round < 20; round++)
        {
            var id = default(OperationId);
            Task halt = Task.CompletedTask;
            var isSet = 0;
            kind.OnClaim = () =>
            {
                if (id != default && Interlocked.Exchange(ref isSet, 1) == 0)
                {
                    halt = isAbort
                        ? operations.AbortAsync(id, new Actor("root"), TestContext.Current.CancellationToken)
                        : operations.PauseAsync(id, new Actor("root"), TestContext.Current.CancellationToken);
                }
            };
            var submitted = await operations.SubmitAsync(
                new Submission
                {
                    Account = "a",
                    Kind = kind,
                    Parameters = "{}",
                    SubmittedBy = "root",
                    ItemCount = 1,
                    Chunks = [new ChunkInput(1, 0, () => [1])],
                    Within = (_, operation, _) =>
                    {
                        id = operation.Id;
                        return default;
                    },
                },
                TestContext.Current.CancellationToken);
            Assert.False(submitted.IsRefused(out _, out _));

            var end = await operations.WaitAsync(
                id, o => (o.State.IsFinal || o.State == OperationState.Paused) && o.LeasedChunks == 0, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

            await halt;
            Assert.Equal((isAbort ? OperationState.Aborted : OperationState.Paused, 0L), (end!.State, end.LeasedChunks));
        }

        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Does nothing until it is told to stop.</summary>
    private sealed class EndlessKind : OperationKind
    {
        public Action OnClaim { get; set; } = () => { };

        public override string Name => "test.endless";

        public override string Description => "Waits.";

        public override bool IsLocal => false;

        /// <summary>Asked for in the transaction that claims.</summary>
        public override long? PlanAheadItems
        {
            get
            {
                OnClaim();
                return null;
            }
        }

        public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, chunk.StopRequested).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new ChunkResult();
        }
    }
}
