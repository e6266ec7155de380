namespace Longhaul.Saymon;

/// <summary>
/// Tells who has the vendor's permission <c>manage-service-properties</c>, by the names that operations have for those who submit them: the
/// operations API says no more than the name.
/// </summary>
internal sealed class ServiceRights(Func<string, bool> manages)
{
    /// <summary>Root alone, where nobody knows tokens.</summary>
    public static ServiceRights OfRoot { get; } = new(static name => name == "root");

    /// <summary>True when whoever is called so may write Service properties.</summary>
    public bool ManagesServiceProperties(string submittedBy) => manages(submittedBy);
}
