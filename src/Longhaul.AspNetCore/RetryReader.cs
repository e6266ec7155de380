using System.Text.Json;
using System.Text.Unicode;

namespace Longhaul.AspNetCore;

/// <summary>What a retry asks for; <paramref name="Parameters"/> is JSON text that belongs to the kind, or empty.</summary>
internal sealed record RetryBody(bool IsWithAborted, ReadOnlyMemory<byte> Parameters);

/// <summary>Reads the body of a retry; no body at all asks for the failed items.</summary>
internal static class RetryReader
{
    private const int MaxDepth = 32;

    public static RetryBody Read(ReadOnlyMemory<byte> body, List<(string Detail, string Pointer)> errors)
    {
        if (body.IsEmpty)
        {
            return new RetryBody(false, default);
        }

        try
        {
            return ReadObject(body, errors);
        }
        catch (JsonException exception)
        {
            errors.Add(($"the body is no JSON object as expected: {exception.Message}", ""));
            return new RetryBody(false, default);
        }
    }

    private static RetryBody ReadObject(ReadOnlyMemory<byte> body, List<(string Detail, string Pointer)> errors)
    {
        var isWithAborted = false;
        ReadOnlyMemory<byte> parameters = default;
        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!Utf8.IsValid(body.Span) || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            errors.Add(("send one JSON object: {\"items\":\"failed\"} or {\"items\":\"unsuccessful\"}", ""));
            return new RetryBody(false, default);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (errors.Count < SubmitReader.MaxErrors && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = SubmitReader.ReadText(ref reader, "", errors) ?? "";
            if (!seen.Add(name))
            {
                errors.Add(($"{name} stands there twice", $"/{name}"));
            }

            reader.Read();
            switch (name)
            {
                case "items" when reader.TokenType == JsonTokenType.String && SubmitReader.ReadText(ref reader, "/items", errors) is "failed" or "unsuccessful":
                    isWithAborted = reader.ValueTextEquals("unsuccessful"u8);
                    break;
                case "items":
                    errors.Add(("items must be failed or unsuccessful", "/items"));
                    reader.Skip();
                    break;
                case "params":
                    parameters = SubmitReader.Slice(ref reader, body, "/params", JsonTokenType.StartObject, "an object", errors);
                    break;
                default:
                    errors.Add(($"unknown member {name}; known are items, params", $"/{name}"));
                    reader.Skip();
                    break;
            }
        }

        // Text behind the object makes the reader throw.
        _ = errors.Count >= SubmitReader.MaxErrors || reader.Read();
        return new RetryBody(isWithAborted, parameters);
    }
}
