namespace Longhaul.TestStores.Data;

/// <summary>One object as it lies in a bucket; a write puts another in its place.</summary>
public sealed class StoredObject
{
    private ETag _etag;
    private volatile bool _hasETag;

    public StoredObject(string key, Content content, ETag etag, DateTimeOffset lastModified, ObjectDetails? details = null)
        : this(key, content, lastModified, details)
    {
        _etag = etag;
        _hasETag = true;
    }

    /// <summary>Without an ETag it is computed from the content when it is first asked for.</summary>
    public StoredObject(string key, Content content, DateTimeOffset lastModified, ObjectDetails? details = null)
    {
        Key = key;
        Content = content;
        // S3 keeps whole seconds in headers and milliseconds in listings; whole seconds everywhere keep the two equal.
        LastModified = DateTimeOffset.FromUnixTimeSeconds(lastModified.ToUnixTimeSeconds());
        Details = details ?? ObjectDetails.None;
    }

    public string Key { get; }

    public Content Content { get; }

    public long Size => Content.Size;

    public DateTimeOffset LastModified { get; }

    public ObjectDetails Details { get; }

    /// <summary>Without quotes.</summary>
    public string ETag => Tag.ToString();

    public ETag Tag
    {
        get
        {
            if (!_hasETag)
            {
                _etag = Data.ETag.Of(Content.Md5());
                _hasETag = true;
            }

            return _etag;
        }
    }

    public byte[] ToArray() => Content.ToArray();

    /// <summary>The value of a system header or x-amz-meta-*, or null.</summary>
    public string? Header(string name) => Details.Headers.GetValueOrDefault(name.ToLowerInvariant());

    public StoredObject With(ObjectDetails details) => new(Key, Content, Tag, LastModified, details);
}
