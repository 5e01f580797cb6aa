using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace DiffusionX.Tests.Cli.Pull;

/// <summary>
/// A model hub on the loopback: small files with git's checksum as their tag, large ones with SHA-256 behind a redirection to a storage of
/// another host name. Each file can be served wrongly, in a way that a test chooses.
/// </summary>
internal sealed class LocalHub : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private const string Storage = "/storage/";

    private readonly IReadOnlyDictionary<string, byte[]> files;
    private readonly string repository;
    private readonly LoopbackServer server;

    public LocalHub(string repository, IReadOnlyDictionary<string, byte[]> files)
    {
        this.repository = repository;
        this.files = files;
        server = new LoopbackServer(AnswerAsync);
    }

    public string Endpoint => server.Endpoint;

    /// <summary>What goes wrong, by path.</summary>
    public ConcurrentDictionary<string, HubFault> Faults { get; } = new();

    /// <summary>What was asked for, in order.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    public IEnumerable<HubRequest> Downloads(string path) => Requests.Where(request => request.Method == "GET" && request.Path == Storage + path);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private Task AnswerAsync(NetworkStream stream, HubRequest request)
    {
        Requests.Enqueue(request);
        return request.Path.StartsWith(Storage, StringComparison.Ordinal) ? SendFileAsync(stream, request, request.Path[Storage.Length..]) : ResolveAsync(stream, request);
    }

    private async Task ResolveAsync(NetworkStream stream, HubRequest request)
    {
        var parts = request.Path.Split('/', 6);
        var known = parts.Length == 6 && $"{parts[1]}/{parts[2]}" == repository && parts[3] == "resolve" && files.ContainsKey(parts[5]);
        var path = known ? parts[5] : "";
        var fault = Faults.GetValueOrDefault(path) ?? new HubFault();
        if ((known ? fault.TakeStatus() : 404) is { } status)
        {
            await SendAsync(stream, $"{status} Refused", "", []);
            return;
        }

        if (path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            var tag = fault.HidesChecksum ? "" : $"X-Linked-ETag: \"{Convert.ToHexStringLower(SHA256.HashData(files[path]))}\"\r\nX-Linked-Size: {fault.ClaimedSize ?? files[path].Length}\r\n";
            await SendAsync(stream, "302 Found", $"Location: http://localhost:{server.Port}{Storage}{path}\r\nX-Repo-Commit: {Commit}\r\n{tag}", []);
            return;
        }

#pragma warning disable CA5350 // Git's checksum is what it is.
        var git = Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {files[path].Length}\0"), .. files[path]]));
#pragma warning restore CA5350
        await SendAsync(stream, "200 OK", $"ETag: W/\"{git}\"\r\nX-Repo-Commit: {Commit}\r\n", files[path], withBody: request.Method == "GET");
    }

    private async Task SendFileAsync(NetworkStream stream, HubRequest request, string path)
    {
        var fault = Faults.GetValueOrDefault(path) ?? new HubFault();
        var content = fault.Bytes ?? files[path];
        var from = fault.IgnoresRange ? 0 : request.From;
        if (from >= content.Length)
        {
            await SendAsync(stream, "416 Range Not Satisfiable", "", []);
            return;
        }

        var header = from > 0 ? $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}\r\n" : "";
        var status = from > 0 ? "206 Partial Content" : "200 OK";
        await SendAsync(stream, status, header, content[from..], withBody: request.Method == "GET", fault.TakeBreak());
    }

    private static async Task SendAsync(NetworkStream stream, string status, string header, byte[] body, bool withBody = true, int? breakAfter = null)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{header}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
        if (withBody)
        {
            await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, breakAfter ?? body.Length)));
        }
    }
}
