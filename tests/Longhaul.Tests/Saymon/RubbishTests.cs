using System.Text;
using Longhaul.Engine;
using Longhaul.Saymon;
using Longhaul.Saymon.Objects;

namespace Longhaul.Tests.Saymon;

/// <summary>Whatever comes, the readers answer with a value or a fault.</summary>
public sealed class RubbishTests
{
    private const int Rounds = 20_000;

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"search\"", "\"bulk\"", "\"modify\"", "\"properties.createOrModify\"", "\"stateConditions\"", "\"name\"", "\"value\"", "\"type_id\"",
        "\"parent_id\"", "\"tags\"", "\"$in\"", "\"$regex\"", "\"$options\"", "\"$elemMatch\"", "\"properties\"", "\"$gt\"", "\"(a+\"", "\"[a-\"", "\"i\"", "\"\\u0000\"", "\"\\ud800\"",
        "null", "true", "1", "-0.5e3", "1e999", "99999999999999999999999999999999999", "\"62d7e58056d203149a08001b\"", "\"\"", " ", "\"é\"", "\uFEFF", "/", "'",
    ];

    private static readonly string[] Good =
    [
        """{"search":{"name":{"$regex":"^CPU$","$options":"i"},"parent_id":"62d7e58056d203149a08001b"},"bulk":[{"properties.createOrModify":{"name":"New Property","value":"value","type_id":1}}]}""",
        """{"search":{"properties":{"$elemMatch":{"name":{"$in":["a",1,null]}}},"weight":{"$gt":1,"$lte":2}},"bulk":[{"modify":{"name":"x","tags":["a"],"geoposition":[1,2],"parent_id":[]}},{"stateConditions":{"a":[{}]}}]}""",
    ];

    [Fact]
    public void Bulks_of_random_pieces_are_values_or_faults()
    {
        var random = new Random(1);
        for (var round = 0; round < Rounds; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            Read(Encoding.UTF8.GetBytes(text));
        }
    }

    [Fact]
    public void Good_bulks_with_random_damage_are_values_or_faults()
    {
        var random = new Random(2);
        var (values, faults) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(Good[random.Next(Good.Length)]).ToList();
            for (var damage = random.Next(3); damage >= 0; damage--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(3))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 8)));
                        break;
                    default:
                        bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                        break;
                }
            }

            _ = Read([.. bytes]) ? values++ : faults++;
        }

        Assert.True(values > 100 && faults > 100, $"{values} values, {faults} faults");
    }

    [Fact]
    public void Random_patterns_are_made_or_refused()
    {
        var random = new Random(3);
        const string Alphabet = "ab()[]{}*+?|^$\\.d1,9-:=!<>#i é";
        for (var round = 0; round < 5_000; round++)
        {
            var pattern = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            var regex = Longhaul.Saymon.Searching.SearchPattern.TryMake(pattern, random.Next(2) == 0, out var problem);

            Assert.NotEqual(regex is null, problem is null);
            regex?.IsMatch("abab 19 é");
        }
    }

    [Fact]
    public void Ids_are_unique_and_in_order()
    {
        var ids = new ObjectIds(new IdSource(), TimeProvider.System);

        var made = Enumerable.Range(0, 10_000).Select(_ => ids.Next()).ToList();

        Assert.Equal(made.Order(StringComparer.Ordinal), made);
        Assert.Equal(10_000, made.Distinct().Count());
        Assert.All(made, i => Assert.True(ObjectIds.IsId(i)));
    }

    private static bool Read(byte[] body)
    {
        if (JsonText.Parse(body).IsFault(out var broken, out var document))
        {
            Assert.NotEmpty(broken.Message);
            return false;
        }

        using (document)
        {
            var isFault = BulkRequest.Read(document.RootElement, new SaymonOptions()).IsFault(out var fault, out var bulk);
            Assert.Equal(isFault, fault is not null);
            return bulk is not null;
        }
    }
}
