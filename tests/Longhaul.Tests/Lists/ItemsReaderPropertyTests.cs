using System.Text;
using System.Text.Json;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists;

public sealed class ItemsReaderPropertyTests
{
    [Fact]
    public void A_million_items_are_read_and_sorted()
    {
        var reading = ItemsReader.Read(SomeItems.Body(1_000_000), ItemKind.Ip, BodyLimits.Default);

        Assert.True(reading.IsGood(out var items));
        Assert.Equal(1_000_000, items.Count);
        for (var i = 1; i < items.Count; i++)
        {
            Assert.True(items.Key(i - 1).SequenceCompareTo(items.Key(i)) < 0);
        }
    }

    [Fact]
    public void Sorting_keeps_each_item_together()
    {
        var body = SomeItems.Body(5_000, comment: "é\\n");
        using var document = JsonDocument.Parse(body);
        var reading = ItemsReader.Read(body, ItemKind.Ip, BodyLimits.Default);

        Assert.True(reading.IsGood(out var items));
        for (var i = 0; i < items.Count; i++)
        {
            var sent = document.RootElement[items.Index(i)];
            using var echoed = JsonDocument.Parse(items.Payload(i).ToArray());
            Assert.True(JsonElement.DeepEquals(sent, echoed.RootElement));
            Assert.Equal(sent.GetProperty("ip").GetString(), IpValue.FromSortKey(items.Key(i)).ToString());
        }
    }

    [Fact]
    public void A_body_in_order_reads_the_same_as_one_in_none()
    {
        var scattered = ItemsReader.Read(SomeItems.Body(3_000), ItemKind.Ip, BodyLimits.Default).Value!;
        var inOrder = Enumerable.Range(0, scattered.Count).Select(i => Encoding.UTF8.GetString(scattered.Payload(i)));

        var again = ItemsReader.Read(
            Encoding.UTF8.GetBytes($"[{string.Join(',', inOrder)}]"), ItemKind.Ip, BodyLimits.Default).Value!;

        for (var i = 0; i < again.Count; i++)
        {
            Assert.Equal(i, again.Index(i));
            Assert.True(again.Key(i).SequenceEqual(scattered.Key(i)));
            Assert.True(again.Payload(i).SequenceEqual(scattered.Payload(i)));
        }
    }

    [Fact]
    public void The_reported_duplicates_are_those_that_a_set_finds()
    {
        var random = new Random(29);
        var addresses = Enumerable.Range(0, 2_000).Select(_ => $"10.0.{random.Next(3)}.{random.Next(200)}").ToArray();
        var body = Encoding.UTF8.GetBytes($"[{string.Join(',', addresses.Select(ip => $$"""{"ip":"{{ip}}"}"""))}]");
        var seen = new HashSet<string>();
        var later = Enumerable.Range(0, addresses.Length).Where(i => !seen.Add(addresses[i])).ToArray();

        var reading = ItemsReader.Read(body, ItemKind.Ip, new BodyLimits(MaxItems: 2_000, MaxReportedErrors: 5_000));

        Assert.Equal(later, reading.Errors.Select(error => error.ParameterValueIndex!.Value));
    }

    [Fact]
    public void Rubbish_never_throws()
    {
        var random = new Random(3);
        string[] pieces =
        [
            "[", "]", "{", "}", ",", ":", "\"ip\"", "\"comment\"", "\"asn\"", "\"items\"", "\"id\"", "\"name\"", "\"kind\"",
            "\"1.2.3.4\"", "\"\\u0000\"", "\"\\ud800\"", "null", "5", "1e9999", "\"ip\":\"::1\"", "\"\\", "\0", "é", " ", "-",
        ];
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            AssertAnswered(Encoding.UTF8.GetBytes(random.Next(2) == 0 ? text : $"[{{{text}}}]"));
        }
    }

    [Fact]
    public void A_good_body_with_broken_bytes_never_throws()
    {
        var random = new Random(5);
        var good = SomeItems.Body(5, comment: "\\u00e9\\ud83d\\ude00");
        for (var round = 0; round < 20_000; round++)
        {
            var broken = good.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            AssertAnswered(broken.AsSpan(0, random.Next(3) == 0 ? random.Next(broken.Length) : broken.Length));
        }
    }

    private static void AssertAnswered(ReadOnlySpan<byte> body)
    {
        var items = ItemsReader.Read(body, ItemKind.Ip, BodyLimits.Default);
        Assert.True(items.IsGood(out _) != items.Errors.Count > 0);
        Assert.All(items.Errors, error => Assert.True(error.Code is 10026 or 10028));
    }
}
