using System.Net;
using System.Net.Http.Headers;
using DiffusionX.Cli.Doctor;

namespace DiffusionX.Cli.Pull;

/// <summary>
/// One repository at a model hub, or at a mirror of one: <c>{endpoint}/{repository}/resolve/{revision}/{path}</c>. Such an address answers
/// HEAD with the file's size and checksum, in <c>X-Linked-Size</c> and <c>X-Linked-ETag</c> where it redirects to a storage, and otherwise
/// in <c>Content-Length</c> and <c>ETag</c>.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 8;

    // Of the largest models' files one has a tenth.
    private const long MostBytes = 100L << 30;
    private const string LinkedSize = "X-Linked-Size";
    private const string LinkedTag = "X-Linked-ETag";
    private const string RepoCommit = "X-Repo-Commit";

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(60);

    private readonly Uri endpoint;
    private readonly string repository;
    private readonly string? token;
    private readonly HttpClient http;

    /// <param name="endpoint">The hub.</param>
    /// <param name="repository">The repository, owner/name.</param>
    /// <param name="token">For repositories that ask who comes; sent to the endpoint alone.</param>
    public HubClient(Uri endpoint, string repository, string? token)
    {
        this.endpoint = endpoint;
        this.repository = repository;
        this.token = token;

        // Redirects are followed here: what matters of a HEAD stands in the first answer, and the token must not go elsewhere.
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = ConnectTimeout }) { Timeout = ResponseTimeout };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("DiffusionX", Software.DiffusionXVersion.Split('+')[0]));
        http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    /// <summary>What the hub says about a file; null if it has none of that name.</summary>
    /// <exception cref="PullException">The hub can't be reached, refuses, or says too little to check the file by.</exception>
    public async Task<RemoteFile?> FindAsync(string path, string revision, CancellationToken cancellationToken)
    {
        var address = new Uri($"{endpoint.ToString().TrimEnd('/')}/{repository}/resolve/{Uri.EscapeDataString(revision)}/{path}");
        using var response = await SendAsync(HttpMethod.Head, address, from: 0, IsAnswer, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        Check(response, path, revision);
        var size = Header(response, LinkedSize) is { } text && long.TryParse(text, out var linked) ? linked : response.Content.Headers.ContentLength;
        var checksum = Checksum.FromTag(Header(response, LinkedTag) ?? Header(response, "ETag"));
        if (size > MostBytes)
        {
            throw new PullException($"{address.Host} says that {path} has {size >> 30} GiB; at most {MostBytes >> 30} are fetched.");
        }

        return size is >= 0 && checksum is not null
            ? new RemoteFile(path, address, size.Value, checksum, Commit(response))
            : throw new PullException($"{address.Host} does not say the size and the checksum of {path}, so what it sends could not be checked. Use another --endpoint.");
    }

    /// <summary>A file's bytes, from one of them on. A server may send all of them nevertheless: the status says so.</summary>
    /// <exception cref="PullException">The hub can't be reached, or refuses.</exception>
    public async Task<HttpResponseMessage> OpenAsync(RemoteFile file, long from, CancellationToken cancellationToken)
    {
        var response = await SendAsync(HttpMethod.Get, file.Address, from, response => !IsRedirect(response), cancellationToken);
        try
        {
            Check(response, file.Path, file.Commit ?? "this revision");
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, long from, Func<HttpResponseMessage, bool> isAnswer, CancellationToken cancellationToken)
    {
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            var response = await SendOnceAsync(method, address, from, cancellationToken);
            if (isAnswer(response))
            {
                return response;
            }

            var next = new Uri(address, response.Headers.Location!);
            response.Dispose();
            if (address.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
            {
                throw new PullException($"{address.Host} redirects to {next.Scheme}://{next.Host}, which is not encrypted.");
            }

            if (next.Scheme is not ("http" or "https"))
            {
                throw new PullException($"{address.Host} redirects to an address that is none of the web ({next.Scheme}:).");
            }

            address = next;
        }

        throw new PullException($"{endpoint.Host} redirects more than {MostRedirects} times.");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long from, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        if (token is not null && address.Authority == endpoint.Authority && address.Scheme == endpoint.Scheme)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw new PullException($"{address.Host} can't be reached: {error.Message}", error) { MayPass = true };
        }
        catch (TaskCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PullException($"{address.Host} did not answer within {ResponseTimeout.TotalSeconds:F0} s.", error) { MayPass = true };
        }
    }

    private static bool IsAnswer(HttpResponseMessage response) => !IsRedirect(response) || Header(response, LinkedTag) is not null;

    private static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is >= 300 and < 400 && response.Headers.Location is not null;

    private void Check(HttpResponseMessage response, string path, string revision)
    {
        if (response.IsSuccessStatusCode || IsRedirect(response))
        {
            return;
        }

        var status = (int)response.StatusCode;
        throw response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new PullException(
                $"{endpoint.Host} refuses {repository} ({status}): either there is no such repository, or it asks for a token (environment variable {PullSettings.TokenVariable}) or its licence to be accepted."),
            HttpStatusCode.NotFound => new PullException($"{endpoint.Host} has no {path} in {repository} at {revision}."),
            HttpStatusCode.RequestedRangeNotSatisfiable => new PullException($"{endpoint.Host} has fewer bytes of {path} than it said."),
            HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => new PullException(
                $"{endpoint.Host} can't give {path} at the moment ({status}).")
            {
                MayPass = true,
                RetryAfter = response.Headers.RetryAfter?.Delta,
            },
            _ => new PullException($"{endpoint.Host} answers {status} to {path}."),
        };
    }

    private static string? Commit(HttpResponseMessage response) => Header(response, RepoCommit) is { } commit && commit.All(char.IsAsciiHexDigit) ? commit : null;

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
