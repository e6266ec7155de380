using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;
using static Longhaul.Tests.Lists.SomeReading;

namespace Longhaul.Tests.Lists;

/// <summary>What holds for every kind.</summary>
public sealed class ItemKindTests
{
    [Fact]
    public void The_example_of_a_kind_is_good_canonical_and_echoed() =>
        Assert.All(ItemKind.All, kind =>
        {
            var items = Good(kind, $"[{kind.Example}]");
            Assert.Equal([kind.Example], Payloads(items));
            Assert.Empty(items.Messages);
            Assert.Equal(items.Key(0).ToArray(), kind.FindKey(ItemKind.ValueOf(items.Payload(0))));
        });

    [Fact]
    public void An_item_of_another_kind_two_values_and_none_are_refused()
    {
        foreach (var kind in ItemKind.All)
        {
            var others = ItemKind.All.Where(other => other != kind).ToArray();
            Assert.All(others, other =>
            {
                var error = Assert.Single(Read(kind, $"[{other.Example}]").Errors);
                Assert.Equal((10028, $"/0/{other.Name}"), (error.Code, error.Pointer));
                Assert.Equal(
                    $"invalid value for {kind.Name} at position 0: filters.api.invalid_item_kind: items of type {other.Name} can not be added to lists of type {kind.Name}",
                    error.Message);

                var both = $"{kind.Example[..^1]},{other.Example[1..]}";
                Assert.Contains("filters.api.multiple_item_values: ", Assert.Single(Read(kind, $"[{both}]").Errors).Message, StringComparison.Ordinal);
            });
            var nulls = string.Join(',', others.Select(other => $"\"{other.Name}\":null"));
            Assert.Equal(kind.Example, Payload(kind, $"{kind.Example[..^1]},{nulls}}}"));
            Assert.Contains("filters.api.missing_item_value: ", Assert.Single(Read(kind, $"[{{{nulls}}}]").Errors).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_member_that_the_server_makes_is_refused_in_every_kind() =>
        Assert.All(ItemKind.All, kind => Assert.All(["id", "created_on", "modified_on", "foo"], member =>
        {
            var error = Assert.Single(Read(kind, $"[{kind.Example[..^1]},\"{member}\":\"x\"}}]").Errors);
            Assert.Equal((10026, $"/0/{member}"), (error.Code, error.Pointer));
        }));

    [Fact]
    public void A_comment_is_bounded_in_every_kind() =>
        Assert.All(ItemKind.All, kind => Assert.All([(500, true), (501, false)], round =>
        {
            var comment = string.Concat(Enumerable.Repeat("😀", round.Item1));
            Assert.Equal(round.Item2, Read(kind, $"[{kind.Example[..^1]},\"comment\":\"{comment}\"}}]").IsGood(out _));
        }));

    [Fact]
    public void A_bad_comment_still_makes_a_later_equal_item_a_duplicate() =>
        Assert.All(ItemKind.All, kind =>
        {
            var errors = Read(kind, $"[{kind.Example[..^1]},\"comment\":\"{new string('x', 501)}\"}},{kind.Example}]").Errors;
            Assert.Equal(["/0/comment", $"/1{kind.ValuePath}"], errors.Select(error => error.Pointer));
        });

    [Theory]
    [InlineData("ip", """{"ip":"1.2.3.4/32"}""", "/1/ip", "'1.2.3.4/32' is kept as '1.2.3.4'")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"EXAMPLE.org"}}""", "/1/hostname/url_hostname", "'EXAMPLE.org' is kept as 'example.org'")]
    [InlineData("redirect", """{"redirect":{"target_url":"a:b","source_url":"a.b"}}""", "/1/redirect/source_url", "'a.b' is kept as 'a.b/'")]
    public void A_value_that_was_made_canonical_is_told(string name, string item, string pointer, string text)
    {
        var kind = ItemKind.Find(name)!;
        var items = Good(kind, $"[{kind.Example},{item}]");

        Assert.Equal([new ListMessage(19040, $"value at position 1 was made canonical: {text}", pointer, 1)], items.Messages);
    }

    [Theory]
    [InlineData("ip", """{"ip":"10.0.0.0\/8"}""")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"\u0061.b"}}""")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"*.a.b"}}""")]
    [InlineData("asn", """{"asn":13335}""")]
    [InlineData("redirect", """{"redirect":{"target_url":"A:B","source_url":"a.b\/\u00e9"},"comment":"\u0061"}""")]
    public void Another_spelling_in_json_is_no_change_of_the_value(string name, string item) =>
        Assert.Empty(Good(ItemKind.Find(name)!, $"[{item}]").Messages);

    [Theory]
    [InlineData(100, 0)]
    [InlineData(101, 1)]
    [InlineData(250, 150)]
    public void Beyond_the_bound_a_last_message_says_how_many_more(int count, int more)
    {
        var body = string.Join(',', Enumerable.Range(0, count).Select(i => $$$"""{"hostname":{"url_hostname":"A{{{i}}}.test"}}"""));

        var messages = Good(ItemKind.Hostname, $"[{body}]").Messages;

        Assert.Equal(Enumerable.Range(0, 100), messages.Take(100).Select(message => message.ParameterValueIndex!.Value));
        Assert.Equal(
            more == 0 ? [] : [new ListMessage(19040, $"{more} more values were made canonical; they are not shown")],
            messages.Skip(100));
    }

    [Fact]
    public void Long_values_are_cut_in_messages()
    {
        var message = Assert.Single(Good(ItemKind.Redirect, $"[{Redirect("A.b/" + new string('é', 10_000))}]").Messages);

        Assert.InRange(message.Message.Length, 100, 220);
        Assert.Equal(2, message.Message.Split('…').Length - 1);
    }

    [Theory]
    [InlineData(999, 999)]
    [InlineData(1_000, 1_000)]
    [InlineData(1_001, 992)]
    [InlineData(32_768, 992)]
    public void A_key_of_text_is_its_utf8_or_a_beginning_and_a_hash(int length, int keyLength)
    {
        var text = Enumerable.Range(0, length).Select(i => (byte)('a' + (i % 26))).ToArray();

        var key = SortKeys.OfText(text);

        Assert.Equal(keyLength, key.Length);
        Assert.Equal(keyLength == length ? text : [.. text[..960], .. SHA256.HashData(text)], key);
    }

    [Fact]
    public void Reading_what_was_kept_gives_the_same_key_and_bytes()
    {
        var random = new Random(41);
        foreach (var kind in ItemKind.All)
        {
            var good = 0;
            for (var round = 0; round < 5_000; round++)
            {
                if (!Read(kind, $"[{SomeItem(kind, random)}]").IsGood(out var items))
                {
                    continue;
                }

                good++;
                var payload = Payloads(items).Single();
                var again = Good(kind, $"[{payload}]");
                Assert.Equal([payload], Payloads(again));
                Assert.Equal(items.Key(0).ToArray(), again.Key(0).ToArray());
                Assert.Empty(again.Messages);
                Assert.Equal(items.Key(0).ToArray(), kind.FindKey(ItemKind.ValueOf(items.Payload(0))));
            }

            Assert.InRange(good, 500, 4_990);
        }
    }

    [Fact]
    public void Broken_items_are_answered_and_never_throw()
    {
        var random = new Random(43);
        for (var round = 0; round < 20_000; round++)
        {
            var kind = ItemKind.All[random.Next(ItemKind.All.Count)];
            var body = Encoding.UTF8.GetBytes($"[{SomeItem(kind, random)},{SomeItem(kind, random)}]");
            for (var i = random.Next(3); i > 0; i--)
            {
                body[random.Next(body.Length)] = (byte)"{}[]\":,\\nu0.*/ \u007f"[random.Next(16)];
            }

            var reading = ItemsReader.Read(body, kind, BodyLimits.Default);
            Assert.True(reading.IsGood(out _) != reading.Errors.Count > 0);
            Assert.All(reading.Errors, error => Assert.True(error.Code is 10026 or 10028));
        }
    }

    [Fact]
    public void Reading_good_values_allocates_nothing()
    {
        var draft = new ItemDraft();
        foreach (var (kind, item) in ItemKind.All.Select(kind => (kind, kind.Example)).Append((ItemKind.Redirect, Redirect("a.b/" + new string('p', 5_000)))))
        {
            var body = Encoding.UTF8.GetBytes(item);
            ReadInto(draft, kind, body);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++)
            {
                ReadInto(draft, kind, body);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 999);
        }
    }

    private static void ReadInto(ItemDraft draft, ItemKind kind, ReadOnlySpan<byte> item)
    {
        var reader = new Utf8JsonReader(item);
        reader.Read();
        reader.Read();
        reader.Read();
        draft.Clear();
        if (kind.Read(ref reader, draft) is not null || draft.BuildPayload().IsEmpty)
        {
            throw new InvalidOperationException("The item must be good.");
        }
    }

    private static string SomeItem(ItemKind kind, Random random)
    {
        string[] comments = ["", ",\"comment\":\"\"", ",\"comment\":null", ",\"comment\":\"\\u00e9\\n\\ud83d\\ude00\""];
        var value = kind.Name switch
        {
            "ip" => $"\"{random.Next(256)}.{random.Next(256)}.0.{random.Next(260)}/{random.Next(7, 33)}\"",
            "asn" => random.NextInt64(-500_000_000, 4_800_000_000).ToString(CultureInfo.InvariantCulture),
            "hostname" => $"{{\"url_hostname\":\"{(random.Next(3) == 0 ? "*." : "")}{Text(random, "aB9-.")}.Test\"{Flag(random, "exclude_exact_hostname", 5)}}}",
            _ => $"{{\"target_url\":\"x:{Text(random, "aé?#\\")}y\"{Flag(random, "subpath_matching", 2)}{Flag(random, "preserve_query_string", 2)}"
                + $",\"source_url\":\"{(random.Next(3) == 0 ? "HTTPs://" : "")}a{Text(random, "aB.")}b{(random.Next(4) == 0 ? "" : "/")}{Text(random, "aBé~\\//")}\"}}",
        };
        return $"{{\"{kind.Name}\":{value}{comments[random.Next(comments.Length)]}}}";
    }

    private static string Text(Random random, string alphabet) =>
        string.Concat(Enumerable.Range(0, random.Next(1, random.Next(20) == 0 ? 1_500 : 6)).Select(_ => Character(random, alphabet)));

    /// <summary>One character in one of its spellings in JSON.</summary>
    private static string Character(Random random, string alphabet)
    {
        var character = alphabet[random.Next(alphabet.Length)];
        return random.Next(6) == 0 ? $"\\u{(int)character:x4}" : character == '\\' ? "\\\\" : character.ToString();
    }

    private static string Flag(Random random, string name, int rarity) =>
        random.Next(rarity) > 0 ? "" : $",\"{name}\":{(random.Next(2) == 0 ? "true" : "false")}";
}
