using System.Net;
using Longhaul.Tests.Support;
using Longhaul.TestStores;

namespace Longhaul.Tests.Stores;

public abstract class StoreInMemory(TestStoreOptions options) : StoreContract
{
    private TestStore? _store;

    protected override async Task<(Uri Address, string KeyId, string Secret)> OpenAsync()
    {
        _store ??= await TestStore.StartAsync(options);
        return (_store.Address, Credentials.DefaultId, Credentials.DefaultSecret);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _store!.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class StoreLikeAws() : StoreInMemory(new())
{
    protected override StoreTraits Traits { get; } = new();
}

public sealed class StoreLikeRgw() : StoreInMemory(TestStoreOptions.RgwLike())
{
    protected override StoreTraits Traits { get; } = new() { ConditionalComplete = HttpStatusCode.OK, NamesETagOnComplete = false, PartRead = HttpStatusCode.OK, CopiesIfMatch = false };
}

public sealed class StoreLikeR2() : StoreInMemory(TestStoreOptions.R2Like())
{
    protected override StoreTraits Traits { get; } = new() { HasTags = false, TakesChunks = false, HasCommonMultipartETags = false };
}

public sealed class StoreLikeSwift() : StoreInMemory(TestStoreOptions.SwiftLike())
{
    protected override StoreTraits Traits { get; } = new() { ConditionalPut = HttpStatusCode.NotImplemented, PartRead = HttpStatusCode.MethodNotAllowed, HasTags = false, TakesChunks = false };
}

public sealed class StoreOnCeph : StoreContract
{
    protected override StoreTraits Traits { get; } = new() { ConditionalComplete = HttpStatusCode.OK, NamesETagOnComplete = false, PartRead = HttpStatusCode.OK, CopiesIfMatch = false };

    protected override Task<(Uri Address, string KeyId, string Secret)> OpenAsync() => Task.FromResult((CephRgw.Address, CephRgw.KeyId, CephRgw.Secret));
}

public sealed class StoreOnSwift : StoreContract
{
    protected override StoreTraits Traits { get; } = new() { ConditionalPut = HttpStatusCode.NotImplemented, PartRead = HttpStatusCode.MethodNotAllowed, HasTags = false, TakesChunks = false };

    protected override Task<(Uri Address, string KeyId, string Secret)> OpenAsync() => Task.FromResult((SwiftS3.Address, SwiftS3.KeyId, SwiftS3.Secret));
}
