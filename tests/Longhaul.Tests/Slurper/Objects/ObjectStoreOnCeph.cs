using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

public sealed class ObjectStoreOnCeph : ObjectStoreContract
{
    private protected override Task<StoreBench> StartAsync() =>
        Task.FromResult(new StoreBench(new Uri("http://127.0.0.1:17480"), "testkey", "testsecret123") { ConditionalComplete = null, TellsETagOnComplete = false });
}

public sealed class ObjectStoreOnSwift : ObjectStoreContract
{
    private protected override Task<StoreBench> StartAsync() =>
        Task.FromResult(new StoreBench(new Uri("http://127.0.0.1:17481"), "bench:key", "testsecret123") { ConditionalPut = StoreFault.NotImplemented, HasTags = false });
}
