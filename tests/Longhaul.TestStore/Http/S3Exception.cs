namespace Longhaul.TestStores.Http;

/// <summary>An error answer. A header whose name begins with # is an element of the error's body instead.</summary>
internal sealed class S3Exception(int status, string code, string text, params (string Name, string Value)[] headers) : Exception(text)
{
    public int Status => status;

    public string Code => code;

    public (string Name, string Value)[] Headers => headers;
}
