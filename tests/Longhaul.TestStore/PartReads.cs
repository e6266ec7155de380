namespace Longhaul.TestStores;

/// <summary>What a store makes of <c>partNumber</c> on GET and HEAD.</summary>
public enum PartReads
{
    /// <summary>206 with that part and the count of parts.</summary>
    Honoured,

    /// <summary>The whole object.</summary>
    Ignored,

    /// <summary>405.</summary>
    MethodNotAllowed,
}
