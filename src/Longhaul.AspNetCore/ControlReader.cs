using System.Text.Json;
using System.Text.Unicode;
using Longhaul.Engine.Running;

namespace Longhaul.AspNetCore;

/// <summary>What a retry or a resume brings; <paramref name="Parameters"/> is JSON text that belongs to the kind, or empty.</summary>
internal sealed record ControlBody(bool IsWithAborted, ReadOnlyMemory<byte> Parameters);

/// <summary>Reads the body of a retry or a resume. Both may come without any.</summary>
internal static class ControlReader
{
    private const int MaxDepth = 32;

    /// <param name="body">The body.</param>
    /// <param name="takesItems">True for a retry, which may say which items it is about.</param>
    /// <param name="errors">What is wrong with it.</param>
    public static ControlBody Read(ReadOnlyMemory<byte> body, bool takesItems, List<(string Detail, string Pointer)> errors)
    {
        if (body.IsEmpty)
        {
            return new ControlBody(false, default);
        }

        try
        {
            return ReadObject(body, takesItems, errors);
        }
        catch (JsonException exception)
        {
            errors.Add(($"the body is no JSON object as expected: {exception.Message}", ""));
            return new ControlBody(false, default);
        }
    }

    private static ControlBody ReadObject(ReadOnlyMemory<byte> body, bool takesItems, List<(string Detail, string Pointer)> errors)
    {
        var isWithAborted = false;
        ReadOnlyMemory<byte> parameters = default;
        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!Utf8.IsValid(body.Span) || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            errors.Add((takesItems ? "send one JSON object: {\"items\":\"failed\"} or {\"items\":\"unsuccessful\"}" : "send no body, or one JSON object: {\"params\":{…}}", ""));
            return new ControlBody(false, default);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (errors.Count < SubmitReader.MaxErrors && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = SubmitReader.ReadText(ref reader, "", errors) ?? "";
            if (!seen.Add(name))
            {
                errors.Add(($"{SubmitFault.Show(name)} stands there twice", SubmitFault.PointTo("", name)));
            }

            reader.Read();
            switch (name)
            {
                case "items" when takesItems && reader.TokenType == JsonTokenType.String && SubmitReader.ReadText(ref reader, "/items", errors) is "failed" or "unsuccessful":
                    isWithAborted = reader.ValueTextEquals("unsuccessful"u8);
                    break;
                case "items" when takesItems:
                    errors.Add(("items must be failed or unsuccessful", "/items"));
                    reader.Skip();
                    break;
                case "params":
                    parameters = SubmitReader.Slice(ref reader, body, "/params", JsonTokenType.StartObject, "an object", errors);
                    break;
                default:
                    errors.Add(($"unknown member {SubmitFault.Show(name)}; known {(takesItems ? "are items, params" : "is params")}", SubmitFault.PointTo("", name)));
                    reader.Skip();
                    break;
            }
        }

        // Text behind the object makes the reader throw.
        _ = errors.Count >= SubmitReader.MaxErrors || reader.Read();
        return new ControlBody(isWithAborted, parameters);
    }
}
