using System.Buffers;
using System.Text.Json;

namespace Longhaul.Saymon.Objects;

/// <summary>
/// What an object holds, as it is stored: a JSON object with its fields in a fixed order, without what the row itself says (id, version,
/// times) and what is found from other rows. Values that nobody touches are copied as bytes.
/// </summary>
internal sealed class ObjectDocument
{
    private const int FewProperties = 32;

    private readonly ReadOnlyMemory<byte>[] _values = new ReadOnlyMemory<byte>[ObjectField.StoredCount];
    private List<ObjectProperty>? _properties;
    private bool _arePropertiesChanged;
    private Dictionary<string, int>? _places;

    /// <summary>A new object without anything.</summary>
    public static ObjectDocument New()
    {
        var document = new ObjectDocument();
        document._values[ObjectField.ParentId.Place] = "[]"u8.ToArray();
        document._values[ObjectField.Properties.Place] = "[]"u8.ToArray();
        document._values[ObjectField.Operations.Place] = "[]"u8.ToArray();
        document._values[ObjectField.Tags.Place] = "[]"u8.ToArray();
        return document;
    }

    /// <summary>Reads stored bytes; they must stay as they are.</summary>
    public static ObjectDocument Parse(byte[] stored)
    {
        var document = new ObjectDocument();
        var reader = new Utf8JsonReader(stored);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = ObjectField.Find(reader.ValueSpan);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (field is { Place: >= 0 and var place })
            {
                document._values[place] = stored.AsMemory(start, (int)reader.BytesConsumed - start);
            }
        }

        return document;
    }

    /// <summary>The properties, in the order in which they were made.</summary>
    public IReadOnlyList<ObjectProperty> Properties => OpenProperties();

    /// <summary>The JSON of a field; empty when the object does not have it.</summary>
    public ReadOnlyMemory<byte> this[ObjectField field]
    {
        get
        {
            Fold();
            return _values[field.Place];
        }
    }

    /// <summary>Sets a field, or takes it away. Arrays that an object always has become empty.</summary>
    public void Set(ObjectField field, ReadOnlyMemory<byte> value)
    {
        var isAlwaysThere = field.Shape is FieldShape.Ids or FieldShape.Texts or FieldShape.Array;
        _values[field.Place] = value.IsEmpty && isAlwaysThere ? "[]"u8.ToArray() : value;
        if (field == ObjectField.Properties)
        {
            (_properties, _places, _arePropertiesChanged) = (null, null, false);
        }
    }

    /// <summary>The property of a name, or null.</summary>
    public ObjectProperty? Find(string name) => PlaceOf(name) is >= 0 and var place ? OpenProperties()[place] : null;

    /// <summary>Puts a property in the place of the one with its name, or behind the others.</summary>
    public void Put(ObjectProperty property)
    {
        var properties = OpenProperties();
        var place = PlaceOf(property.Name);
        if (place < 0)
        {
            properties.Add(property);
            _places?.Add(property.Name, properties.Count - 1);
            _arePropertiesChanged = true;
        }
        else if (properties[place] != property)
        {
            properties[place] = property;
            _arePropertiesChanged = true;
        }
    }

    /// <summary>Puts a property in the place of another one.</summary>
    public void Replace(string id, ObjectProperty property)
    {
        var properties = OpenProperties();
        properties[properties.FindIndex(p => p.Id == id)] = property;
        _places = null;
        _arePropertiesChanged = true;
    }

    /// <summary>The text of a field that holds one, or null.</summary>
    public string? Text(ObjectField field)
    {
        var value = this[field];
        if (value.IsEmpty)
        {
            return null;
        }

        var reader = new Utf8JsonReader(value.Span);
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
    }

    /// <summary>The texts of a field that holds an array of them.</summary>
    public List<string> Texts(ObjectField field)
    {
        var texts = new List<string>();
        var value = this[field];
        if (value.IsEmpty)
        {
            return texts;
        }

        var reader = new Utf8JsonReader(value.Span);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                texts.Add(reader.GetString()!);
            }
        }

        return texts;
    }

    /// <summary>The stored form.</summary>
    public byte[] ToBytes()
    {
        Fold();
        var buffer = new ArrayBufferWriter<byte>(_values.Sum(v => v.Length + 24));
        buffer.Write("{"u8);
        var isFirst = true;
        foreach (var field in ObjectField.StoredFields)
        {
            var value = _values[field.Place];
            if (value.IsEmpty)
            {
                continue;
            }

            buffer.Write(isFirst ? "\""u8 : ",\""u8);
            buffer.Write(field.Utf8);
            buffer.Write("\":"u8);
            buffer.Write(value.Span);
            isFirst = false;
        }

        buffer.Write("}"u8);
        return buffer.WrittenSpan.ToArray();
    }

    // A change may bring as many properties as fit into a body: looking through all of them for each would take minutes.
    private int PlaceOf(string name)
    {
        var properties = OpenProperties();
        if (properties.Count < FewProperties)
        {
            return properties.FindIndex(p => p.Name == name);
        }

        _places ??= properties.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        return _places.GetValueOrDefault(name, -1);
    }

    private List<ObjectProperty> OpenProperties() => _properties ??= ObjectProperty.ReadAll(_values[ObjectField.Properties.Place].Span);

    private void Fold()
    {
        if (_arePropertiesChanged)
        {
            _values[ObjectField.Properties.Place] = ObjectProperty.WriteAll(_properties!);
            _arePropertiesChanged = false;
        }
    }
}
