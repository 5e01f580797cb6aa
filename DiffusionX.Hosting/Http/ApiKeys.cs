using System.Security.Cryptography;
using System.Text;
using DiffusionX.Hosting.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Http;

/// <summary>Who may use the API: whoever knows one of its keys. Keys are compared in constant time, all of them, by their hashes.</summary>
internal sealed class ApiKeys
{
    private const string Scheme = "Bearer ";

    private readonly byte[][] hashes;

    public ApiKeys(IOptions<DiffusionXOptions> options)
    {
        var http = options.Value.Http;
        hashes = [.. http.ApiKeys.Concat(http.ApiKeyFile is { } file ? SecretFile.ReadKeys(file) : []).Select(Hash)];
    }

    /// <exception cref="ApiException">The request shows no key, or a wrong one.</exception>
    public void Check(HttpRequest request)
    {
        if (hashes.Length == 0)
        {
            return;
        }

        var shown = request.Headers.Authorization.ToString();
        if (!shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(401, "You didn't provide an API key. Provide it in the header Authorization: Bearer YOUR_KEY.", ApiException.InvalidRequest, code: "missing_api_key");
        }

        var hash = Hash(shown[Scheme.Length..].Trim());
        var known = false;
        foreach (var each in hashes)
        {
            known |= CryptographicOperations.FixedTimeEquals(each, hash);
        }

        if (!known)
        {
            throw new ApiException(401, "Incorrect API key provided.", ApiException.InvalidRequest, code: "invalid_api_key");
        }
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
