using System.Net;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Longhaul.AspNetCore;

/// <summary>What a query says before it is decoded: the framework leaves escapes that are no UTF-8 as they are, as if they were text.</summary>
internal static class QueryText
{
    /// <summary>False when a parameter of a name is sent with escapes that are no UTF-8, such as a lone surrogate.</summary>
    public static bool IsUtf8(HttpRequest request, string name)
    {
        foreach (var parameter in new QueryStringEnumerable(request.QueryString.Value))
        {
            if (parameter.DecodeName().Span.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                var encoded = Encoding.UTF8.GetBytes(parameter.EncodedValue.ToString());
                if (!Utf8.IsValid(WebUtility.UrlDecodeToBytes(encoded, 0, encoded.Length)))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
