using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

/// <summary>Two stores, a copier and a journal, with bounds small enough to cross in a test.</summary>
internal sealed class CopyScene : IDisposable
{
    public const int Small = 10_000;
    public const int Part = 10_000;
    public const int Single = 50_000;
    public const int MaxSingle = 100_000;

    public CopyScene(TimeProvider? clock = null, long budgetBytes = CopyBudget.DefaultBytes)
    {
        Rushing = clock as RushingClock ?? new RushingClock();
        Clock = clock ?? Rushing;
        Source = new ScriptedStore(Clock);
        Target = new ScriptedStore(Clock);
        Journal = new MemoryJournal(Clock);
        AcceptedAt = Clock.GetUtcNow();
        Budget = new CopyBudget(budgetBytes);
        Copier = new ObjectCopier(new StoreEndpoints(Clock), Budget, Clock, new Random(7));
        Renew();
    }

    public RushingClock Rushing { get; }

    public TimeProvider Clock { get; }

    public ScriptedStore Source { get; }

    public ScriptedStore Target { get; }

    public MemoryJournal Journal { get; }

    public CopyBudget Budget { get; }

    public ObjectCopier Copier { get; set; }

    public DateTimeOffset AcceptedAt { get; set; }

    public bool Overwrite { get; set; } = true;

    public bool HasConditionalCreate { get; set; } = true;

    public bool IsSameStore { get; set; }

    public CopyOptions Options { get; set; } = new()
    {
        SmallBytes = Small,
        PartBytes = Part,
        SinglePutBytes = Single,
        MaxSinglePutBytes = MaxSingle,
        MaxObjectBytes = 1_000_000,
    };

    public CancellationTokenSource Stop { get; private set; } = new();

    public CancellationTokenSource Cut { get; private set; } = new();

    public CancellationTokenSource Lost { get; private set; } = new();

    public CopyJob Job => new()
    {
        Source = Source,
        Target = Target,
        SourceEndpoint = "https://source.test/from",
        TargetEndpoint = "https://target.test/to",
        Overwrite = Overwrite,
        HasConditionalCreate = HasConditionalCreate,
        SameStoreBucket = IsSameStore ? "from" : null,
        AcceptedAt = AcceptedAt,
        Options = Options,
    };

    /// <summary>As after a restart: nobody has signalled anything yet.</summary>
    public void Renew() => (Stop, Cut, Lost) = (new(), new(), new());

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public Task<CopyOutcome> CopyAsync(string key, bool isListed = true, bool isRepeated = false, CopyJob? job = null)
    {
        var stored = Source[key];
        var item = isListed && stored is not null
            ? new CopyItem(key, stored.Bytes.Length, stored.ETag, stored.StorageClass)
            : new CopyItem(key, -1, null, null);
        return Copier.CopyAsync(job ?? Job, item, Journal, isRepeated, new CopySignals(Stop.Token, Cut.Token, Lost.Token));
    }

    /// <summary>The target has what the source has, byte for byte and header for header, and no unfinished upload.</summary>
    public void AssertSame(string key, bool sameETag = true)
    {
        var (from, to) = (Source[key]!, Target[key]);
        Assert.NotNull(to);
        Assert.True(from.Bytes.AsSpan().SequenceEqual(to.Bytes), $"the bytes of {key} differ");
        Assert.Equal(from.Headers with { Metadata = [] }, to.Headers with { Metadata = [] });
        Assert.Equal(from.Headers.Metadata, to.Headers.Metadata);
        if (sameETag)
        {
            Assert.Equal(from.ETag, to.ETag);
        }

        Assert.Equal(0, Target.UploadCount);
        Assert.Null(Journal.Recorded);
    }

    public void Dispose()
    {
        Stop.Dispose();
        Cut.Dispose();
        Lost.Dispose();
    }

    public static ObjectHeaders Dressed => new()
    {
        ContentType = "text/plain; charset=koi8-r",
        CacheControl = "no-cache",
        ContentDisposition = "attachment; filename=\"x\"",
        ContentEncoding = "gzip",
        ContentLanguage = "de",
        Expires = "never",
        Metadata = [new("color", "gr\u00fcn"), new("empty", "")],
    };
}
