using Longhaul.Slurper;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper;

/// <summary>A job that fails as a whole is tried again for a while, counted from the first failure after a success.</summary>
public sealed class FaultWindowTests
{
    [Fact]
    public void Pauses_grow_and_end_with_the_window()
    {
        var clock = new ManualTimeProvider();
        var window = new FaultWindow(TimeSpan.FromSeconds(60), clock);
        var pauses = new List<double>();
        while (window.Failed() is { } pause)
        {
            pauses.Add(pause.TotalSeconds);
            clock.Advance(pause);
        }

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 20, 8.5], pauses);
    }

    [Fact]
    public void A_success_opens_the_window_anew()
    {
        var clock = new ManualTimeProvider();
        var window = new FaultWindow(TimeSpan.FromSeconds(10), clock);
        Assert.NotNull(window.Failed());
        clock.Advance(TimeSpan.FromSeconds(9));
        window.Succeeded();
        clock.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal(TimeSpan.FromSeconds(0.5), window.Failed());
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Null(window.Failed());
    }

    [Fact]
    public void What_the_store_asks_for_is_waited_for_up_to_five_minutes()
    {
        var window = new FaultWindow(TimeSpan.FromSeconds(60), new ManualTimeProvider());

        Assert.Equal(TimeSpan.FromSeconds(30), window.Failed(TimeSpan.FromSeconds(30)));
        Assert.Equal(TimeSpan.FromMinutes(5), window.Failed(TimeSpan.FromDays(1)));
        Assert.Equal(TimeSpan.FromSeconds(2), window.Failed(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_window_of_nothing_ends_at_the_first_failure() =>
        Assert.Null(new FaultWindow(TimeSpan.Zero, new ManualTimeProvider()).Failed());
}
