using System.Text.Encodings.Web;
using System.Text.Json;

namespace Longhaul.AspNetCore;

/// <summary>How answers are written.</summary>
public static class JsonWriting
{
    /// <summary>
    /// Only what JSON itself demands is escaped: answers are JSON, never part of a page. The writers put members in a fixed form, so they
    /// are not checked again.
    /// </summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}
