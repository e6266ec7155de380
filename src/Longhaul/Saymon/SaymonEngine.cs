using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon;

/// <summary>What the kinds and the use cases of the face share.</summary>
internal sealed record SaymonEngine(Database Database, SaymonOptions Options, ObjectIds Ids, TimeProvider Clock, IngestBudget Budget, ServiceRights Rights)
{
    /// <summary>Unix milliseconds.</summary>
    public long Now => Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
