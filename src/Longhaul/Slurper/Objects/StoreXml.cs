using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// The XML that stores answer with, and that they are sent. Namespaces are not looked at (stores differ), no DTD is read, and characters
/// that XML forbids are taken as they come, since keys may have them where a store does not encode.
/// </summary>
internal static class StoreXml
{
    /// <summary>Largest answer that is read: a page of a thousand keys of 1,024 bytes, each byte encoded as three, is a tenth of it.</summary>
    public const int MaxBytes = 32 << 20;

    private static readonly SearchValues<byte> Forbidden =
        SearchValues.Create([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]);

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CheckCharacters = false,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        MaxCharactersInDocument = MaxBytes,
    };

    private static readonly XmlWriterSettings WriterSettings = new() { OmitXmlDeclaration = true, Encoding = new UTF8Encoding(false) };

    /// <summary>Reads a page of a listing.</summary>
    public static Listing ReadListing(ReadOnlyMemory<byte> body) => Read(body, "ListBucketResult", reader =>
    {
        var listing = new Listing();
        Children(reader, name =>
        {
            switch (name)
            {
                case "Contents":
                    listing.Objects.Add(ReadObject(reader));
                    break;
                case "IsTruncated":
                    listing.IsTruncated = reader.ReadElementContentAsString().Trim() is "true" or "True" or "1";
                    break;
                case "NextContinuationToken":
                    listing.NextToken = NullIfEmpty(reader.ReadElementContentAsString());
                    break;
                case "NextMarker":
                    listing.NextMarker = NullIfEmpty(reader.ReadElementContentAsString());
                    break;
                case "EncodingType":
                    listing.IsEncoded = reader.ReadElementContentAsString() == "url";
                    break;
                case "KeyCount":
                    listing.HasKeyCount = true;
                    return false;
                case "Marker":
                    listing.HasMarker = true;
                    return false;
                default:
                    return false;
            }

            return true;
        });
        listing.Decode();
        return listing;
    });

    /// <summary>Reads code, message and region of an error; null when the body is none.</summary>
    public static StoreError? FindError(ReadOnlyMemory<byte> body)
    {
        if (body.Span.IndexOf("Error"u8) < 0)
        {
            return null;
        }

        try
        {
            return Read(body, "Error", reader =>
            {
                string? code = null, message = null, region = null;
                Children(reader, name =>
                {
                    switch (name)
                    {
                        case "Code":
                            code = NullIfEmpty(reader.ReadElementContentAsString().Trim());
                            return true;
                        case "Message":
                            message = NullIfEmpty(reader.ReadElementContentAsString().Trim());
                            return true;
                        case "Region":
                            region = NullIfEmpty(reader.ReadElementContentAsString().Trim());
                            return true;
                        default:
                            return false;
                    }
                });
                return new StoreError(code, message, region);
            });
        }
        catch (StoreException)
        {
            return null;
        }
    }

    /// <summary>Reads one value of an answer, such as the upload's id; null when it is not there or empty.</summary>
    public static string? FindValue(ReadOnlyMemory<byte> body, string root, string element) => Read(body, root, reader =>
    {
        string? value = null;
        Children(reader, name =>
        {
            if (name != element)
            {
                return false;
            }

            value = NullIfEmpty(reader.ReadElementContentAsString().Trim());
            return true;
        });
        return value;
    });

    /// <summary>Reads a page of the parts of an upload.</summary>
    public static (List<UploadedPart> Parts, string? NextMarker) ReadParts(ReadOnlyMemory<byte> body) => Read(body, "ListPartsResult", reader =>
    {
        var parts = new List<UploadedPart>();
        string? marker = null;
        var isTruncated = false;
        Children(reader, name =>
        {
            switch (name)
            {
                case "Part":
                    parts.Add(ReadPart(reader));
                    return true;
                case "IsTruncated":
                    isTruncated = reader.ReadElementContentAsString().Trim() == "true";
                    return true;
                case "NextPartNumberMarker":
                    marker = NullIfEmpty(reader.ReadElementContentAsString().Trim());
                    return true;
                default:
                    return false;
            }
        });
        return (parts, isTruncated ? marker : null);
    });

    /// <summary>Reads a page of unfinished uploads.</summary>
    public static UploadListing ReadUploads(ReadOnlyMemory<byte> body) => Read(body, "ListMultipartUploadsResult", reader =>
    {
        var listing = new UploadListing();
        Children(reader, name =>
        {
            switch (name)
            {
                case "Upload":
                    listing.Uploads.Add(ReadUpload(reader));
                    return true;
                case "IsTruncated":
                    listing.IsTruncated = reader.ReadElementContentAsString().Trim() == "true";
                    return true;
                case "NextKeyMarker":
                    listing.NextKeyMarker = NullIfEmpty(reader.ReadElementContentAsString());
                    return true;
                case "NextUploadIdMarker":
                    listing.NextUploadIdMarker = NullIfEmpty(reader.ReadElementContentAsString());
                    return true;
                case "EncodingType":
                    listing.IsEncoded = reader.ReadElementContentAsString() == "url";
                    return true;
                default:
                    return false;
            }
        });
        listing.Decode();
        return listing;
    });

    /// <summary>Reads the tags of an object.</summary>
    public static List<KeyValuePair<string, string>> ReadTags(ReadOnlyMemory<byte> body) => Read(body, "Tagging", reader =>
    {
        var tags = new List<KeyValuePair<string, string>>();
        Children(reader, set =>
        {
            if (set != "TagSet")
            {
                return false;
            }

            Children(reader, tag =>
            {
                if (tag == "Tag")
                {
                    tags.Add(ReadTag(reader));
                    return true;
                }

                return false;
            });
            return true;
        });
        return tags;
    });

    /// <summary>Writes the body of CompleteMultipartUpload.</summary>
    public static byte[] WriteParts(IReadOnlyList<UploadedPart> parts) => Write("CompleteMultipartUpload", writer =>
    {
        foreach (var part in parts)
        {
            writer.WriteStartElement("Part");
            writer.WriteElementString("PartNumber", ObjectPath.Number(part.Number));
            writer.WriteElementString("ETag", $"\"{part.ETag}\"");
            writer.WriteEndElement();
        }
    });

    /// <summary>Writes the body of PutObjectTagging.</summary>
    public static byte[] WriteTags(IReadOnlyList<KeyValuePair<string, string>> tags) => Write("Tagging", writer =>
    {
        writer.WriteStartElement("TagSet");
        foreach (var (key, value) in tags)
        {
            writer.WriteStartElement("Tag");
            writer.WriteElementString("Key", key);
            writer.WriteElementString("Value", value);
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
    });

    /// <summary>An ETag without its quotes; null for none.</summary>
    public static string? Unquote(string? etag)
    {
        var bare = etag.AsSpan().Trim();
        bare = bare.StartsWith("W/", StringComparison.Ordinal) ? bare[2..] : bare;
        bare = bare.Trim('"');
        return bare.IsEmpty ? null : bare.Length == etag!.Length ? etag : bare.ToString();
    }

    /// <summary>The class as it is passed on: null for the standard one.</summary>
    public static string? ClassOf(string? text) => text is null or "" or "STANDARD" ? null : text;

    private static ListedObject ReadObject(XmlReader reader)
    {
        string? key = null, etag = null, storageClass = null;
        long size = 0;
        Children(reader, name =>
        {
            switch (name)
            {
                case "Key":
                    key = reader.ReadElementContentAsString();
                    return true;
                case "Size":
                    size = long.Parse(reader.ReadElementContentAsString(), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
                    return true;
                case "ETag":
                    etag = Unquote(reader.ReadElementContentAsString());
                    return true;
                case "StorageClass":
                    storageClass = ClassOf(reader.ReadElementContentAsString());
                    return true;
                default:
                    return false;
            }
        });
        return new ListedObject(key ?? throw new FormatException("an entry has no key"), size, etag, storageClass);
    }

    private static KeyValuePair<string, string> ReadTag(XmlReader reader)
    {
        string key = "", value = "";
        Children(reader, name =>
        {
            switch (name)
            {
                case "Key":
                    key = reader.ReadElementContentAsString();
                    return true;
                case "Value":
                    value = reader.ReadElementContentAsString();
                    return true;
                default:
                    return false;
            }
        });
        return new(key, value);
    }

    private static UploadedPart ReadPart(XmlReader reader)
    {
        var number = 0;
        string? etag = null;
        long size = -1;
        Children(reader, name =>
        {
            switch (name)
            {
                case "PartNumber":
                    number = int.Parse(reader.ReadElementContentAsString().Trim(), CultureInfo.InvariantCulture);
                    return true;
                case "ETag":
                    etag = Unquote(reader.ReadElementContentAsString());
                    return true;
                case "Size":
                    size = long.Parse(reader.ReadElementContentAsString().Trim(), CultureInfo.InvariantCulture);
                    return true;
                default:
                    return false;
            }
        });
        return new UploadedPart(number, etag ?? throw new FormatException("a part has no ETag"), size);
    }

    private static (string Key, UnfinishedUpload Upload) ReadUpload(XmlReader reader)
    {
        string? key = null, id = null;
        DateTimeOffset? begunAt = null;
        Children(reader, name =>
        {
            switch (name)
            {
                case "Key":
                    key = reader.ReadElementContentAsString();
                    return true;
                case "UploadId":
                    id = reader.ReadElementContentAsString().Trim();
                    return true;
                case "Initiated":
                    begunAt = DateTimeOffset.TryParse(
                        reader.ReadElementContentAsString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
                    return true;
                default:
                    return false;
            }
        });
        return key is not null && id is not null ? (key, new UnfinishedUpload(id, begunAt)) : throw new FormatException("an upload has no key or id");
    }

    // Calls back on every child element; the callback says whether it has read past it.
    private static void Children(XmlReader reader, Func<string, bool> onChild)
    {
        if (reader.IsEmptyElement)
        {
            reader.Read();
            return;
        }

        reader.Read();
        while (reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.None)
            {
                throw new FormatException("the document ends early");
            }

            if (reader.NodeType != XmlNodeType.Element)
            {
                reader.Read();
            }
            else if (!onChild(reader.LocalName))
            {
                reader.Skip();
            }
        }

        reader.Read();
    }

    private static T Read<T>(ReadOnlyMemory<byte> body, string root, Func<XmlReader, T> read)
    {
        try
        {
            // Some stores send blanks to keep a connection open while they work, even before the declaration.
            body = body[Math.Max(0, body.Span.IndexOfAnyExcept(" \t\r\n"u8))..];
            using var stream = Open(body.Span.ContainsAny(Forbidden) ? Escape(body.Span) : body);
            using var reader = XmlReader.Create(stream, Settings);
            reader.MoveToContent();
            return reader.LocalName == root ? read(reader) : throw new FormatException($"the root is not {root}");
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException or InvalidOperationException)
        {
            // Also what is left of an answer that was cut where its length was not known: worth another try. The text of the parser is
            // not passed on, it quotes the document.
            throw new StoreException(StoreFault.Passing, null, null, $"the store's answer is not the {root} that was asked for");
        }
    }

    // A control character that stands in the text as it is, as some stores write keys, can only be read as a reference.
    private static byte[] Escape(ReadOnlySpan<byte> body)
    {
        using var escaped = new MemoryStream(body.Length + 64);
        for (var at = body.IndexOfAny(Forbidden); at >= 0; at = body.IndexOfAny(Forbidden))
        {
            escaped.Write(body[..at]);
            escaped.Write(Encoding.ASCII.GetBytes($"&#{ObjectPath.Number(body[at])};"));
            body = body[(at + 1)..];
        }

        escaped.Write(body);
        return escaped.ToArray();
    }

    private static MemoryStream Open(ReadOnlyMemory<byte> body) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(body, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(body.ToArray(), writable: false);

    private static byte[] Write(string root, Action<XmlWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, WriterSettings))
        {
            writer.WriteStartElement(root, "http://s3.amazonaws.com/doc/2006-03-01/");
            write(writer);
            writer.WriteEndElement();
        }

        return stream.ToArray();
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    /// <summary>An error of a store.</summary>
    internal sealed record StoreError(string? Code, string? Message, string? Region);

    /// <summary>A page as it stands in the answer, keys decoded.</summary>
    internal sealed class Listing
    {
        public List<ListedObject> Objects { get; } = [];

        public bool IsTruncated { get; set; }

        public string? NextToken { get; set; }

        public string? NextMarker { get; set; }

        public bool IsEncoded { get; set; }

        public bool HasKeyCount { get; set; }

        public bool HasMarker { get; set; }

        // The encoding is said after the keys by some stores, so that it is undone at the end.
        public void Decode()
        {
            if (!IsEncoded)
            {
                return;
            }

            for (var i = 0; i < Objects.Count; i++)
            {
                if (Objects[i].Key.AsSpan().ContainsAny('%', '+'))
                {
                    Objects[i] = Objects[i] with { Key = WebUtility.UrlDecode(Objects[i].Key) };
                }
            }

            NextMarker = NextMarker is null ? null : WebUtility.UrlDecode(NextMarker);
        }
    }

    /// <summary>A page of unfinished uploads, keys decoded.</summary>
    internal sealed class UploadListing
    {
        public List<(string Key, UnfinishedUpload Upload)> Uploads { get; } = [];

        public bool IsTruncated { get; set; }

        public string? NextKeyMarker { get; set; }

        public string? NextUploadIdMarker { get; set; }

        public bool IsEncoded { get; set; }

        public void Decode()
        {
            if (IsEncoded)
            {
                for (var i = 0; i < Uploads.Count; i++)
                {
                    Uploads[i] = (WebUtility.UrlDecode(Uploads[i].Key), Uploads[i].Upload);
                }

                NextKeyMarker = NextKeyMarker is null ? null : WebUtility.UrlDecode(NextKeyMarker);
            }
        }
    }
}
