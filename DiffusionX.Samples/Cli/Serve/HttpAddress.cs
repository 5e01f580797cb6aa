using System.Net;
using DiffusionX.Transport;

namespace DiffusionX.Cli.Serve;

/// <summary>Where the HTTP API listens.</summary>
internal sealed record HttpAddress(string Host, int Port, bool IsEncrypted)
{
    /// <summary>The address to bind; null for all of this machine's.</summary>
    public IPAddress? Address => Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(Host, out var address) ? address : null;

    /// <summary>Whether this machine alone reaches it.</summary>
    public bool IsLocal => Address is { } address && IPAddress.IsLoopback(address);

    /// <summary>Reads an address such as <c>http://127.0.0.1:8080</c>.</summary>
    /// <exception cref="TransportException">It is not such an address.</exception>
    public static HttpAddress Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { PathAndQuery: "/" } && IsHost(uri.IdnHost)
            ? new HttpAddress(uri.IdnHost, uri.Port, uri.Scheme == "https")
            : throw new TransportException($"'{text}' is not an address for --http. It has to look like http://127.0.0.1:8080, with an IP address or localhost, or https://… with a --certificate.");

    private static bool IsHost(string host) => host == "localhost" || IPAddress.TryParse(host, out _);
}
