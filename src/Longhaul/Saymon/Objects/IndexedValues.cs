using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Longhaul.Saymon.Searching;

namespace Longhaul.Saymon.Objects;

/// <summary>What is written beside an object so that it is found: terms, parents, the key of its discovery id.</summary>
internal static class IndexedValues
{
    private const int MaxKey = 1_000;
    private const int KeyPrefix = 960;
    private const int TermBytes = 8;

    /// <summary>Fields whose values are terms.</summary>
    private static readonly ObjectField[] TermFields = [ObjectField.NameField, ObjectField.ClassId, ObjectField.StateId, ObjectField.Tags];

    /// <summary>True when the values of a field are terms.</summary>
    public static bool IsTerm(ObjectField field) => TermFields.Contains(field);

    /// <summary>True when a field is found by an index of whatever kind.</summary>
    public static bool IsIndexed(ObjectField field) => IsTerm(field) || field == ObjectField.ParentId || field == ObjectField.DiscoveryId;

    /// <summary>True when two documents differ in what is indexed.</summary>
    public static bool Differ(ObjectDocument before, ObjectDocument after) =>
        TermFields.Append(ObjectField.ParentId).Append(ObjectField.DiscoveryId).Any(f => !before[f].Span.SequenceEqual(after[f].Span));

    /// <summary>The terms of a document, as base64 texts, each once.</summary>
    public static HashSet<string> Terms(string account, ObjectDocument document)
    {
        var terms = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in TermFields)
        {
            var json = document[field];
            if (json.IsEmpty)
            {
                continue;
            }

            var reader = new Utf8JsonReader(json.Span);
            while (reader.Read())
            {
                if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.EndArray))
                {
                    terms.Add(Convert.ToBase64String(Term(account, field, SearchScalar.Of(ref reader))));
                }
            }
        }

        return terms;
    }

    /// <summary>The term of a value. Different values may share one: who looks one up checks the document.</summary>
    public static byte[] Term(string account, ObjectField field, SearchScalar value) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{account}\n{field.Name}\n{value.ToKey()}"))[..TermBytes];

    /// <summary>The key of a discovery id: its bytes, or where they do not fit into an index the first of them and a hash of all.</summary>
    public static byte[] DiscoveryKey(string discoveryId)
    {
        var bytes = Encoding.UTF8.GetBytes(discoveryId);
        return bytes.Length <= MaxKey ? bytes : [.. bytes.AsSpan(0, KeyPrefix), .. SHA256.HashData(bytes)];
    }
}
