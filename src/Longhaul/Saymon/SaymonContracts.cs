using System.Diagnostics.CodeAnalysis;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Saymon;

/// <summary>A refusal in the words of the face: the code is one of <see cref="SaymonFaultCodes"/>, the message names the thing.</summary>
internal sealed record SaymonFault(string Code, string Message)
{
    public static SaymonFault Bad(string message) => new(SaymonFaultCodes.BadRequest, message);

    /// <summary>A member that must be there and is not, in the vendor's words.</summary>
    public static SaymonFault Absent(string member) => Bad($"Mandatory \"{member}\" parameter is absent/empty.");

    /// <summary>Service properties take a permission of their own.</summary>
    public static SaymonFault NoServiceProperties { get; } = new(SaymonFaultCodes.Forbidden, "Permissions required: manage-service-properties");

    public static SaymonFault InvalidJson(string why) => new(SaymonFaultCodes.InvalidContent, $"Invalid JSON: {why}");

    /// <summary>Something that is not there, in the vendor's words.</summary>
    public static SaymonFault Unknown(string kind, string id) => new(SaymonFaultCodes.ResourceNotFound, $"{kind} {id} does not exist");
}

/// <summary>Codes of faults that the use cases of the face find; the rest of section 9 is the endpoints' business.</summary>
internal static class SaymonFaultCodes
{
    /// <summary>400, the body is no JSON.</summary>
    public const string InvalidContent = "InvalidContent";

    /// <summary>400.</summary>
    public const string BadRequest = "BadRequest";

    /// <summary>403, only for Service properties.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>404.</summary>
    public const string ResourceNotFound = "ResourceNotFound";

    /// <summary>422.</summary>
    public const string IdempotencyMismatch = "IdempotencyMismatch";

    /// <summary>429.</summary>
    public const string TooManyRequests = "TooManyRequests";

    /// <summary>503, the ingest budget is used up.</summary>
    public const string ServiceUnavailable = "ServiceUnavailable";
}

/// <summary>A value, or the fault that stands in its place.</summary>
/// <typeparam name="T">The value of the good case.</typeparam>
internal readonly struct SaymonResult<T>
    where T : class
{
    private readonly T? _value;
    private readonly SaymonFault? _fault;

    private SaymonResult(T? value, SaymonFault? fault)
    {
        _value = value;
        _fault = fault;
    }

    public static implicit operator SaymonResult<T>(T value) => new(value, null);

    public static implicit operator SaymonResult<T>(SaymonFault fault) => new(null, fault);

    /// <summary>Makes it from a value of an interface type, which no conversion takes.</summary>
    public static SaymonResult<T> Of(T value) => new(value, null);

    /// <summary>True when there is a fault; else <paramref name="value"/> is there.</summary>
    public bool IsFault([NotNullWhen(true)] out SaymonFault? fault, [NotNullWhen(false)] out T? value)
    {
        fault = _fault;
        value = _value;
        return _fault is not null;
    }
}

/// <summary>Who calls, as far as the use cases have to know.</summary>
/// <param name="Account">The tenant (<c>Saymon:Account</c>).</param>
/// <param name="SubmittedBy"><c>root</c> or <c>token:{name}</c>.</param>
/// <param name="ManagesServiceProperties">True with the vendor's <c>manage-service-properties</c>, which is <c>admin</c> here.</param>
/// <param name="RequestId">For the audit trail, or null.</param>
internal sealed record SaymonCaller(string Account, string SubmittedBy, bool ManagesServiceProperties, string? RequestId = null);

/// <summary>A JSON array that may be long, as pieces of UTF-8 text to be sent one after the other.</summary>
internal delegate IAsyncEnumerable<ReadOnlyMemory<byte>> JsonPieces(CancellationToken cancellationToken);

/// <summary>
/// The objects, properties and links that bulks act on. Bodies are the bytes of the request; answers are UTF-8 JSON. An object's path part is
/// an id or one of the spellings of a discovery id, percent-decoded by the caller.
/// </summary>
internal interface ISaymonObjects
{
    /// <summary>Every object, with the fields of the <c>fields</c> parameter (comma-separated) or, when that is null, the default ones.</summary>
    Task<SaymonResult<JsonPieces>> ListAsync(SaymonCaller caller, string? fields, CancellationToken cancellationToken);

    /// <summary>Creates an object; a known discovery id updates that object instead. Completes with the whole object.</summary>
    Task<SaymonResult<byte[]>> CreateAsync(SaymonCaller caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>The whole object.</summary>
    Task<SaymonResult<byte[]>> FindAsync(SaymonCaller caller, string objectPath, CancellationToken cancellationToken);

    /// <summary>Changes some fields (PATCH). Completes with the whole object.</summary>
    Task<SaymonResult<byte[]>> UpdateAsync(SaymonCaller caller, string objectPath, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Removes an object, what is nested in it, and their links. Completes with null, or with the fault.</summary>
    Task<SaymonFault?> DeleteAsync(SaymonCaller caller, string objectPath, CancellationToken cancellationToken);

    /// <summary>The objects that match <c>{"search":…,"options":…}</c>.</summary>
    Task<SaymonResult<JsonPieces>> SearchAsync(SaymonCaller caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Creates a property, or changes the one of the same name. Completes with the property.</summary>
    Task<SaymonResult<byte[]>> CreatePropertyAsync(SaymonCaller caller, string objectPath, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Changes a property. Completes with the property.</summary>
    Task<SaymonResult<byte[]>> UpdatePropertyAsync(
        SaymonCaller caller, string objectPath, string propertyId, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Every link.</summary>
    Task<SaymonResult<JsonPieces>> ListLinksAsync(SaymonCaller caller, CancellationToken cancellationToken);

    /// <summary>Creates a link between two objects. Completes with the link.</summary>
    Task<SaymonResult<byte[]>> CreateLinkAsync(SaymonCaller caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Removes a link. Completes with null, or with the fault.</summary>
    Task<SaymonFault?> DeleteLinkAsync(SaymonCaller caller, string linkId, CancellationToken cancellationToken);
}

/// <summary>What a bulk would do.</summary>
/// <param name="Matched">How many objects it would be given.</param>
/// <param name="Sample">The ids of the first ones, at most 100.</param>
internal sealed record BulkPreview(long Matched, IReadOnlyList<string> Sample);

/// <summary>The three bulk calls.</summary>
internal interface ISaymonBulks
{
    /// <summary>
    /// Accepts a bulk over objects. Completes when it is durable, with its operation, or with the first answer to the same idempotency key.
    /// </summary>
    Task<SaymonResult<Submitted>> SubmitAsync(
        SaymonCaller caller, ReadOnlyMemory<byte> body, IdempotencyKey? idempotency, CancellationToken cancellationToken);

    /// <summary>Checks a bulk and tells what it would match; nothing is done.</summary>
    Task<SaymonResult<BulkPreview>> PreviewAsync(SaymonCaller caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Accepts the cloning of an object with all that is nested in it. Completes when it is durable.</summary>
    Task<SaymonResult<Submitted>> CloneAsync(
        SaymonCaller caller, string objectPath, IdempotencyKey? idempotency, CancellationToken cancellationToken);

    /// <summary>
    /// The operation of a bulk or a clone of the account; waits for its end for a time, when one is given. The id is taken with and without
    /// dashes.
    /// </summary>
    Task<SaymonResult<Operation>> FindAsync(SaymonCaller caller, string bulkId, TimeSpan? wait, CancellationToken cancellationToken);
}
