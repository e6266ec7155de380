using Longhaul.Slurper;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper;

/// <summary>A listing goes on only from answers that it can be sure of: an error is never an end, nothing is taken twice, nothing is passed over.</summary>
public sealed class ListingCursorTests
{
    [Fact]
    public void Pages_follow_each_other_and_the_last_one_ends_the_listing()
    {
        var (first, second, none) = new ListingCursor().Take(Page("t1", "a", "b"));
        var (last, end, trouble) = second!.Take(Page(null, "c"));

        Assert.Null(none);
        Assert.Null(trouble);
        Assert.Equal(["a", "b"], first.Select(o => o.Key));
        Assert.Equal((2L, "b", "t1"), (second.NextIndex, second.After, second.Token));
        Assert.Equal(["c"], last.Select(o => o.Key));
        Assert.Null(end);
    }

    [Fact]
    public void A_cursor_is_stored_and_read_again()
    {
        var (_, cursor, _) = new ListingCursor().Take(Page("t1", "ä", "😀"));

        var read = ListingCursor.Parse(cursor!.ToBytes());

        Assert.Equal((cursor.Token, cursor.After, cursor.NextIndex), (read.Token, read.After, read.NextIndex));
        Assert.Equal(cursor.Pages, read.Pages);
        Assert.Equal(0, ListingCursor.Parse([]).NextIndex);
    }

    [Fact]
    public void A_page_that_the_store_shows_again_is_known_and_its_token_is_followed()
    {
        var (_, one, _) = new ListingCursor().Take(Page("t1", "a", "b"));
        var (_, two, _) = one!.Take(Page("t2", "c", "d"));

        var (again, three, trouble) = two!.Take(Page("t3", "a", "b"));
        var (rest, end, _) = three!.Take(Page(null, "e"));

        Assert.Null(trouble);
        Assert.Empty(again);
        Assert.Equal(4, three.NextIndex);
        Assert.Equal(["e"], rest.Select(o => o.Key));
        Assert.Null(end);
    }

    [Fact]
    public void A_page_in_another_order_is_put_in_order()
    {
        var (objects, cursor, trouble) = new ListingCursor().Take(Page("t1", "b", "a", "c"));

        Assert.Null(trouble);
        Assert.Equal(["a", "b", "c"], objects.Select(o => o.Key));
        Assert.Equal("c", cursor!.After);
    }

    [Fact]
    public void The_order_is_that_of_UTF8_bytes()
    {
        // U+FFFD stands behind U+1F600 in UTF-16 and before it in UTF-8.
        var (objects, _, _) = new ListingCursor().Take(Page("t", "😀", "\uFFFD"));

        Assert.Equal(["\uFFFD", "😀"], objects.Select(o => o.Key));
    }

    [Fact]
    public void The_last_key_once_more_at_the_beginning_of_a_page_is_left_out()
    {
        var (_, one, _) = new ListingCursor().Take(Page("t1", "a", "b"));

        var (objects, two, trouble) = one!.Take(Page("t2", "b", "c"));

        Assert.Null(trouble);
        Assert.Equal(["c"], objects.Select(o => o.Key));
        Assert.Equal(3, two!.NextIndex);
    }

    [Theory]
    [InlineData("t1", "does not advance", "c", "d")]
    [InlineData("t2", "out of order", "aa", "c")]
    [InlineData("t2", "twice", "c", "c")]
    [InlineData(null, "repeats a page", "a", "b")]
    public void What_cannot_be_gone_on_from_is_said(string? token, string because, string first, string second)
    {
        var (_, one, _) = new ListingCursor().Take(Page("t1", "a", "b"));

        var (objects, next, trouble) = one!.Take(Page(token, first, second));

        Assert.Empty(objects);
        Assert.Null(next);
        Assert.Contains(because, trouble, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData()]
    [InlineData("a", "b")]
    public void Tokens_that_move_on_and_bring_nothing_new_end_in_trouble_and_not_never(params string[] keys)
    {
        var (_, cursor, trouble) = new ListingCursor().Take(Page("t", "a", "b"));
        var pages = 0;
        for (; trouble is null && pages < 5_000; pages++)
        {
            (_, cursor, trouble) = cursor!.Take(Page($"t{pages}", keys));
        }

        Assert.Equal(1_000, pages);
        Assert.Contains("without a new key", trouble, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_key_ends_a_row_of_pages_without_one()
    {
        var (_, one, _) = new ListingCursor { Stalled = 998 }.Take(Page("t1"));
        var (_, two, _) = one!.Take(Page("t2", "a"));

        Assert.Equal((999, 0), (one.Stalled, two!.Stalled));
    }

    [Fact]
    public void An_empty_page_under_a_new_token_is_gone_on_from()
    {
        var (_, one, _) = new ListingCursor().Take(Page("t1"));
        var (_, two, trouble) = one!.Take(Page("t2"));

        Assert.Null(trouble);
        Assert.Equal("t2", two!.Token);
    }

    private static ListedPage Page(string? next, params string[] keys) => new([.. keys.Select(k => new ListedObject(k, 1, "e", null))], next);
}
