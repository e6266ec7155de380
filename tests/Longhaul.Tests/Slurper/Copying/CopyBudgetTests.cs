using Longhaul.Slurper.Copying;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class CopyBudgetTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_does_not_fit_waits_in_the_order_of_asking()
    {
        var pool = new BufferPool(16 << 10);
        var first = await pool.RentAsync(8 << 10, Token, Token);
        var second = await pool.RentAsync(4 << 10, Token, Token);

        var large = pool.RentAsync(16 << 10, Token, Token).AsTask();
        var small = pool.RentAsync(1, Token, Token).AsTask();
        Assert.False(large.IsCompleted);
        Assert.False(small.IsCompleted);
        first.Dispose();
        Assert.False(large.IsCompleted);
        second.Dispose();

        using (await large)
        {
            Assert.False(small.IsCompleted);
        }

        (await small).Dispose();
        Assert.Equal(0, pool.Used);
        Assert.Equal(16 << 10, pool.Peak);
    }

    [Fact]
    public async Task What_is_larger_than_all_goes_alone()
    {
        var pool = new BufferPool(10_000);
        var other = await pool.RentAsync(1, Token, Token);
        var huge = pool.RentAsync(30_000, Token, Token).AsTask();
        Assert.False(huge.IsCompleted);
        other.Dispose();

        using var lease = await huge;

        Assert.Equal(30_000, lease.Buffer.Length);
        Assert.False(pool.RentAsync(1, Token, Token).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_waiting_lets_those_behind_pass()
    {
        var pool = new BufferPool(16 << 10);
        var first = await pool.RentAsync(8 << 10, Token, Token);
        using var stop = new CancellationTokenSource();
        var large = pool.RentAsync(16 << 10, stop.Token, Token).AsTask();
        var small = pool.RentAsync(1, Token, Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        (await small).Dispose();
        first.Dispose();
        Assert.Equal(0, pool.Used);
    }

    [Fact]
    public async Task Buffers_are_used_again_and_given_back_only_once()
    {
        var pool = new BufferPool(1 << 20);
        var first = await pool.RentAsync(5_000, Token, Token);
        var buffer = first.Buffer;
        first.Dispose();
        first.Dispose();

        using var second = await pool.RentAsync(8_000, Token, Token);

        Assert.Same(buffer, second.Buffer);
        Assert.Equal(8 << 10, pool.Used);
    }

    [Fact]
    public async Task Small_objects_are_not_held_up_by_large_ones()
    {
        var budget = new CopyBudget(1 << 20);
        using var all = await budget.Large.ReserveAsync(1 << 20, Token, Token);

        using var lease = await budget.Small.RentAsync(1_000, Token, Token);

        Assert.True(lease.Buffer.Length >= 1_000);
    }

    [Fact]
    public async Task Many_copies_at_once_stay_within_the_budget()
    {
        using var scene = new CopyScene(budgetBytes: 128 << 10);
        var random = new Random(3);
        var keys = Enumerable.Range(0, 500).Select(i => $"k{i}").ToList();
        foreach (var key in keys)
        {
            scene.Source.Seed(key, CopyScene.Bytes(random.Next(10) == 0 ? 75_000 : random.Next(CopyScene.Small + 1)));
        }

        var outcomes = await Task.WhenAll(keys.Select(key => scene.Copier.CopyAsync(
            scene.Job,
            new CopyItem(key, scene.Source[key]!.Bytes.Length, scene.Source[key]!.ETag, null),
            new MemoryJournal(scene.Clock),
            isRepeated: false,
            new CopySignals(default, default, default))));

        Assert.All(outcomes, outcome => Assert.IsType<CopyOutcome.Copied>(outcome));
        Assert.InRange(scene.Budget.Small.Peak, 1, 64 << 10);
        Assert.InRange(scene.Budget.Large.Peak, 1, 64 << 10);
        Assert.Equal(0, scene.Budget.Small.Used + scene.Budget.Large.Used);
        Assert.All(keys, key => Assert.Equal(scene.Source[key]!.Bytes, scene.Target[key]!.Bytes));
    }
}
