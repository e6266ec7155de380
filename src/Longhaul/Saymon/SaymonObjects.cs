using System.Runtime.CompilerServices;
using System.Text.Json;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;
using Longhaul.Saymon.Searching;

namespace Longhaul.Saymon;

/// <summary>The calls about single objects, their properties and links, and the lists of them.</summary>
internal sealed class SaymonObjects(SaymonEngine engine, BulkOperation bulkKind) : ISaymonObjects
{
    private const int PageObjects = 500;

    public async Task<SaymonResult<JsonPieces>> ListAsync(SaymonCaller caller, string? fields, CancellationToken cancellationToken)
    {
        if (ReadFields(fields).IsFault(out var bad, out var shown))
        {
            return bad;
        }

        return await FindAllAsync(caller, new Search([]), shown, cancellationToken);
    }

    public async Task<SaymonResult<JsonPieces>> SearchAsync(SaymonCaller caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (JsonText.Parse(body).IsFault(out var broken, out var document))
        {
            return broken;
        }

        using (document)
        {
            return ReadSearch(document.RootElement).IsFault(out var bad, out var asked)
                ? bad
                : await FindAllAsync(
                    caller, asked.Search, asked.IncludesClientData ? ObjectField.Whole : [.. ObjectField.Whole.Where(f => f != ObjectField.ClientData)], cancellationToken);
        }
    }

    public async Task<SaymonResult<byte[]>> CreateAsync(SaymonCaller caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var steps = new List<ChangeStep>();
        if (ReadChange(body, isNew: true, steps) is { } bad)
        {
            return bad;
        }

        if (!steps.Exists(s => s is ChangeStep.SetField { Field: var field } && field == ObjectField.NameField))
        {
            return SaymonFault.Absent("name");
        }

        var change = new ObjectChange(steps, caller.ManagesServiceProperties);
        var id = engine.Ids.Next();
        return await engine.Database.WriteAsync(
            async (session, token) =>
            {
                if (change.DiscoveryId is { } discovery)
                {
                    await AccountLock.TakeAsync(session, caller.Account, token);
                    if (await SaymonStore.FindDiscoveredAsync(session, caller.Account, discovery, token) is { } known)
                    {
                        return await ChangeAsync(session, caller, known, change, token);
                    }
                }

                return await InsertAsync(session, caller, id, change, token);
            },
            WriteWeight.Small,
            cancellationToken);
    }

    public async Task<SaymonResult<byte[]>> FindAsync(SaymonCaller caller, string objectPath, CancellationToken cancellationToken)
    {
        if (await ResolveAsync(caller, objectPath, cancellationToken) is not { } id)
        {
            return SaymonFault.Unknown("Object", objectPath);
        }

        return await engine.Database.ReadAsync<SaymonResult<byte[]>>(
            async (session, token) => await SaymonStore.FindAsync(session, caller.Account, id, forUpdate: false, token) is { } row
                ? await ShowAsync(session, caller.Account, row, token)
                : SaymonFault.Unknown("Object", objectPath),
            cancellationToken);
    }

    public async Task<SaymonResult<byte[]>> UpdateAsync(
        SaymonCaller caller, string objectPath, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var steps = new List<ChangeStep>();
        if (ReadChange(body, isNew: false, steps) is { } bad)
        {
            return bad;
        }

        if (await ResolveAsync(caller, objectPath, cancellationToken) is not { } id)
        {
            return SaymonFault.Unknown("Object", objectPath);
        }

        var change = new ObjectChange(steps, caller.ManagesServiceProperties);
        return await engine.Database.WriteAsync(
            async (session, token) =>
            {
                if (change.DiscoveryId is { } discovery)
                {
                    await AccountLock.TakeAsync(session, caller.Account, token);
                    if (await SaymonStore.FindDiscoveredAsync(session, caller.Account, discovery, token) is { } owner && owner != id)
                    {
                        return SaymonFault.Bad($"discovery_id belongs to object {owner}");
                    }
                }

                return await ChangeAsync(session, caller, id, change, token);
            },
            WriteWeight.Small,
            cancellationToken);
    }

    public async Task<SaymonFault?> DeleteAsync(SaymonCaller caller, string objectPath, CancellationToken cancellationToken) =>
        await ResolveAsync(caller, objectPath, cancellationToken) is { } id && await new ObjectRemoval(engine, caller.Account).RemoveAsync(id, cancellationToken)
            ? null
            : SaymonFault.Unknown("Object", objectPath);

    public async Task<SaymonResult<byte[]>> CreatePropertyAsync(
        SaymonCaller caller, string objectPath, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (ReadProperty(body, isWhole: true).IsFault(out var bad, out var input))
        {
            return bad;
        }

        return await ChangePropertyAsync(caller, objectPath, _ => new ObjectChange([new ChangeStep.PutProperty(input)], caller.ManagesServiceProperties), d => d.Find(input.Name!)!, cancellationToken);
    }

    public async Task<SaymonResult<byte[]>> UpdatePropertyAsync(
        SaymonCaller caller, string objectPath, string propertyId, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (ReadProperty(body, isWhole: false).IsFault(out var bad, out var input))
        {
            return bad;
        }

        if (await ResolveAsync(caller, objectPath, cancellationToken) is not { } id)
        {
            return SaymonFault.Unknown("Object", objectPath);
        }

        var wanted = ObjectIds.Normalize(propertyId);
        return await engine.Database.WriteAsync<SaymonResult<byte[]>>(
            async (session, token) =>
            {
                if (await SaymonStore.FindAsync(session, caller.Account, id, forUpdate: true, token) is not { } row)
                {
                    return SaymonFault.Unknown("Object", objectPath);
                }

                var document = ObjectDocument.Parse(row.Stored);
                if (document.Properties.FirstOrDefault(p => p.Id == wanted) is not { } known)
                {
                    return SaymonFault.Unknown("Property", propertyId);
                }

                var changed = known with { Name = input.Name ?? known.Name, Value = input.Value ?? known.Value, TypeId = input.TypeId ?? known.TypeId };
                if (!caller.ManagesServiceProperties && (known.TypeId == ObjectProperty.Service || changed.TypeId == ObjectProperty.Service))
                {
                    return SaymonFault.NoServiceProperties;
                }

                if (document.Properties.Any(p => p.Id != known.Id && p.Name == changed.Name))
                {
                    return SaymonFault.Bad($"name: object {row.Id} has another property '{changed.Name}'");
                }

                document.Replace(known.Id, changed);
                await WriteAsync(session, caller.Account, row, document, token);
                return Show(changed, row.Id);
            },
            WriteWeight.Small,
            cancellationToken);
    }

    public async Task<SaymonResult<JsonPieces>> ListLinksAsync(SaymonCaller caller, CancellationToken cancellationToken)
    {
        var found = await engine.Database.ReadAsync(
            async (session, token) =>
            {
                var ids = new MatchedIds();
                for (var page = await SaymonStore.ReadLinkIdsAsync(session, caller.Account, "", SaymonStore.Batch, token); page.Count > 0;)
                {
                    page.ForEach(ids.Add);
                    page = await SaymonStore.ReadLinkIdsAsync(session, caller.Account, page[^1], SaymonStore.Batch, token);
                }

                return ids;
            },
            cancellationToken);
        return SaymonResult<JsonPieces>.Of(token => ShowLinksAsync(caller.Account, found, token));
    }

    public async Task<SaymonResult<byte[]>> CreateLinkAsync(SaymonCaller caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (ReadLink(caller, body).IsFault(out var bad, out var link))
        {
            return bad;
        }

        var row = new LinkRow(engine.Ids.Next(), link.Source, link.Target, link.Stored);
        return await engine.Database.WriteAsync<SaymonResult<byte[]>>(
            async (session, token) =>
            {
                // Locked, so that neither end goes while the link comes.
                foreach (var end in new[] { link.Source, link.Target }.Order(StringComparer.Ordinal))
                {
                    if (await SaymonStore.FindAsync(session, caller.Account, end, forUpdate: true, token) is null)
                    {
                        return SaymonFault.Bad($"{(end == link.Source ? "source" : "target")}: object {end} does not exist");
                    }
                }

                await SaymonStore.InsertLinksAsync(session, caller.Account, 0, [row], token);
                return JsonText.Write(row, static (writer, l) => ObjectText.Write(writer, l));
            },
            WriteWeight.Small,
            cancellationToken);
    }

    public async Task<SaymonFault?> DeleteLinkAsync(SaymonCaller caller, string linkId, CancellationToken cancellationToken) =>
        ObjectIds.IsId(linkId) && await engine.Database.WriteAsync(
            (session, token) => SaymonStore.DeleteLinkAsync(session, caller.Account, ObjectIds.Normalize(linkId), token), WriteWeight.Small, cancellationToken)
            ? null
            : SaymonFault.Unknown("Link", linkId);

    private ValueTask<string?> ResolveAsync(SaymonCaller caller, string path, CancellationToken cancellationToken) =>
        SaymonPaths.ResolveAsync(engine.Database, caller.Account, path, cancellationToken);

    private static SaymonFault? ReadChange(ReadOnlyMemory<byte> body, bool isNew, List<ChangeStep> steps)
    {
        if (JsonText.Parse(body).IsFault(out var broken, out var document))
        {
            return broken;
        }

        using (document)
        {
            var root = document.RootElement;
            if (isNew && root.ValueKind == JsonValueKind.Object && (!root.TryGetProperty("name", out var name) || name.ValueKind == JsonValueKind.Null))
            {
                return SaymonFault.Absent("name");
            }

            return ChangeReader.ReadFields(root, "the body", isNew, steps);
        }
    }

    private static SaymonResult<PropertyInput> ReadProperty(ReadOnlyMemory<byte> body, bool isWhole)
    {
        if (JsonText.Parse(body).IsFault(out var broken, out var document))
        {
            return broken;
        }

        using (document)
        {
            return PropertyInput.TryRead(document.RootElement, "the body", isWhole, out var input, out var fault) ? input! : fault!;
        }
    }

    private SaymonResult<LinkDocument> ReadLink(SaymonCaller caller, ReadOnlyMemory<byte> body)
    {
        if (JsonText.Parse(body).IsFault(out var broken, out var document))
        {
            return broken;
        }

        using (document)
        {
            return LinkDocument.Read(document.RootElement, engine.Ids, caller.ManagesServiceProperties);
        }
    }

    private static SaymonResult<IReadOnlyList<ObjectField>> ReadFields(string? fields)
    {
        if (string.IsNullOrEmpty(fields))
        {
            return SaymonResult<IReadOnlyList<ObjectField>>.Of(ObjectField.Default);
        }

        var shown = new List<ObjectField> { ObjectField.Id };
        foreach (var name in fields.Split(','))
        {
            if (ObjectField.Find(name) is not { } field)
            {
                return SaymonFault.Bad($"fields: unknown field {ChangeReader.Shown(name)}");
            }

            if (!shown.Contains(field))
            {
                shown.Add(field);
            }
        }

        return SaymonResult<IReadOnlyList<ObjectField>>.Of(shown);
    }

    private static SaymonResult<AskedSearch> ReadSearch(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return SaymonFault.Bad("the body must be an object with search and options");
        }

        var search = new Search([]);
        var includesClientData = false;
        foreach (var member in body.EnumerateObject())
        {
            if (member.Name == "search")
            {
                if (SearchReader.Read(member.Value).IsFault(out var bad, out var read))
                {
                    return bad;
                }

                search = read;
            }
            else if (member.Name != "options")
            {
                return SaymonFault.Bad($"unknown member {ChangeReader.Shown(member.Name)}; a search has search and options");
            }
            else if (!TryReadOptions(member.Value, out includesClientData))
            {
                return SaymonFault.Bad("options must be an object with the boolean includeClientData");
            }
        }

        return new AskedSearch(search, includesClientData);
    }

    private static bool TryReadOptions(JsonElement options, out bool includesClientData)
    {
        includesClientData = false;
        if (options.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        foreach (var member in options.EnumerateObject())
        {
            if (member.Name != "includeClientData" || member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return false;
            }

            includesClientData = member.Value.GetBoolean();
        }

        return true;
    }

    private async Task<SaymonResult<JsonPieces>> FindAllAsync(
        SaymonCaller caller, Search search, IReadOnlyList<ObjectField> fields, CancellationToken cancellationToken)
    {
        // Which objects are shown is one snapshot's: a clone is there as a whole or not at all. Their contents are read as they are sent.
        using var share = engine.Budget.Open();
        return (await bulkKind.MatchAsync(caller.Account, search, share, isLimited: false, cancellationToken)).IsFault(out var fault, out var found)
            ? fault
            : SaymonResult<JsonPieces>.Of(token => ShowAllAsync(caller.Account, found, fields, token));
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ShowAllAsync(
        string account, MatchedIds found, IReadOnlyList<ObjectField> fields, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var separator = "["u8.ToArray();
        var usesDerived = fields.Any(f => f.IsDerived);
        foreach (var ids in found.Pages(PageObjects))
        {
            for (var rest = ids; rest.Length > 0;)
            {
                var wanted = rest;
                var (rows, derived) = await engine.Database.ReadAsync(
                    async (session, token) =>
                    {
                        var page = await SaymonStore.ReadAsync(session, account, wanted, token);
                        return (page, usesDerived && page.Count > 0 ? await SaymonStore.ReadDerivedAsync(session, account, [.. page.Select(r => r.Id)], token) : []);
                    },
                    cancellationToken);
                if (rows.Count == 0)
                {
                    break;
                }

                yield return Join(separator, rows, (writer, row) => ObjectText.Write(writer, row, derived.GetValueOrDefault(row.Id, DerivedIds.None), fields));
                separator = ","u8.ToArray();
                rest = [.. rest.Where(i => string.CompareOrdinal(i, rows[^1].Id) > 0)];
            }
        }

        yield return separator.AsSpan().SequenceEqual("["u8) ? "[]"u8.ToArray() : "]"u8.ToArray();
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ShowLinksAsync(
        string account, MatchedIds found, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var separator = "["u8.ToArray();
        foreach (var ids in found.Pages(PageObjects))
        {
            var rows = await engine.Database.ReadOneAsync((session, token) => SaymonStore.ReadLinksByIdAsync(session, account, ids, token), cancellationToken);
            if (rows.Count > 0)
            {
                yield return Join(separator, rows, static (writer, row) => ObjectText.Write(writer, row));
                separator = ","u8.ToArray();
            }
        }

        yield return separator.AsSpan().SequenceEqual("["u8) ? "[]"u8.ToArray() : "]"u8.ToArray();
    }

    // A separator, then values with commas between them.
    private static ReadOnlyMemory<byte> Join<T>(byte[] separator, List<T> rows, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = JsonText.Writer(buffer))
        {
            writer.WriteStartArray();
            foreach (var row in rows)
            {
                write(writer, row);
            }

            writer.WriteEndArray();
        }

        // The brackets are those of the page; the first gives way to what belongs there in the whole.
        var text = buffer.WrittenSpan[..^1].ToArray();
        text[0] = separator[0];
        return text;
    }

    private async ValueTask<SaymonResult<byte[]>> InsertAsync(
        DbSession session, SaymonCaller caller, string id, ObjectChange change, CancellationToken cancellationToken)
    {
        var now = engine.Now;
        var document = ObjectDocument.New();
        if (change.Apply(document, engine.Ids, now) is not null)
        {
            return SaymonFault.NoServiceProperties;
        }

        var row = new ObjectRow(id, 1, now, now, document.ToBytes());
        await SaymonStore.InsertAsync(session, caller.Account, 0, [row], cancellationToken);
        if (change.DiscoveryId is { } discovery)
        {
            await SaymonStore.SetDiscoveryAsync(session, caller.Account, id, discovery, cancellationToken);
        }

        return await ShowAsync(session, caller.Account, row, cancellationToken);
    }

    private async ValueTask<SaymonResult<byte[]>> ChangeAsync(
        DbSession session, SaymonCaller caller, string id, ObjectChange change, CancellationToken cancellationToken)
    {
        if (await SaymonStore.FindAsync(session, caller.Account, id, forUpdate: true, cancellationToken) is not { } row)
        {
            return SaymonFault.Unknown("Object", id);
        }

        var document = ObjectDocument.Parse(row.Stored);
        var oldClass = document[ObjectField.ClassId];
        if (change.Apply(document, engine.Ids, engine.Now) is not null)
        {
            return SaymonFault.NoServiceProperties;
        }

        return document[ObjectField.ClassId].Span.SequenceEqual(oldClass.Span)
            ? await ShowAsync(session, caller.Account, await WriteAsync(session, caller.Account, row, document, cancellationToken), cancellationToken)
            : SaymonFault.Bad("class_id cannot be modified");
    }

    private async ValueTask<ObjectRow> WriteAsync(
        DbSession session, string account, ObjectRow row, ObjectDocument document, CancellationToken cancellationToken)
    {
        var stored = document.ToBytes();
        if (stored.AsSpan().SequenceEqual(row.Stored))
        {
            return row;
        }

        var after = row with { Version = row.Version + 1, UpdatedAt = engine.Now, Stored = stored };
        await SaymonStore.UpdateAsync(session, account, [new ChangedObject(row, after, IndexedValues.Differ(ObjectDocument.Parse(row.Stored), document))], cancellationToken);
        return after;
    }

    private async Task<SaymonResult<byte[]>> ChangePropertyAsync(
        SaymonCaller caller, string objectPath, Func<ObjectDocument, ObjectChange> change, Func<ObjectDocument, ObjectProperty> shown, CancellationToken cancellationToken)
    {
        if (await ResolveAsync(caller, objectPath, cancellationToken) is not { } id)
        {
            return SaymonFault.Unknown("Object", objectPath);
        }

        return await engine.Database.WriteAsync<SaymonResult<byte[]>>(
            async (session, token) =>
            {
                if (await SaymonStore.FindAsync(session, caller.Account, id, forUpdate: true, token) is not { } row)
                {
                    return SaymonFault.Unknown("Object", objectPath);
                }

                var document = ObjectDocument.Parse(row.Stored);
                if (change(document).Apply(document, engine.Ids, engine.Now) is not null)
                {
                    return SaymonFault.NoServiceProperties;
                }

                await WriteAsync(session, caller.Account, row, document, token);
                return Show(shown(document), row.Id);
            },
            WriteWeight.Small,
            cancellationToken);
    }

    private static byte[] Show(ObjectProperty property, string owner) =>
        JsonText.Write((property, owner), static (writer, p) => p.property.Write(writer, p.owner, ObjectText.ObjectEntity));

    private static async ValueTask<byte[]> ShowAsync(DbSession session, string account, ObjectRow row, CancellationToken cancellationToken)
    {
        var derived = await SaymonStore.ReadDerivedAsync(session, account, [row.Id], cancellationToken);
        return JsonText.Write((row, derived: derived[row.Id]), static (writer, o) => ObjectText.Write(writer, o.row, o.derived, ObjectField.Whole));
    }

    private sealed record AskedSearch(Search Search, bool IncludesClientData);
}
