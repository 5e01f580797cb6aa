using System.Net;

namespace DiffusionX.Cli.Pull;

/// <summary>
/// One file on its way to this machine. It grows under another name, which holds its checksum, and gets its own only when every byte is
/// there and right; a part that an earlier attempt or run left is gone on with.
/// </summary>
internal sealed class FileDownload
{
    private const int ChecksumDigitsInName = 12;
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    private readonly HubClient hub;
    private readonly RemoteFile file;
    private readonly string path;
    private readonly string part;

    /// <param name="hub">Where it comes from.</param>
    /// <param name="file">What the hub says about it.</param>
    /// <param name="folder">The model's folder.</param>
    public FileDownload(HubClient hub, RemoteFile file, string folder)
    {
        this.hub = hub;
        this.file = file;
        path = Path.Combine(folder, file.Path);
        part = $"{path}.{file.Checksum.Hex[..ChecksumDigitsInName]}.part";
    }

    /// <summary>Whether the file is here already, whole and right.</summary>
    public async Task<bool> IsHereAsync(CancellationToken cancellationToken) =>
        File.Exists(path) && new FileInfo(path).Length == file.Size && await file.Checksum.FitsAsync(path, cancellationToken);

    /// <summary>What to call it.</summary>
    public string Name => file.Path;

    /// <summary>Its bytes, once it is here.</summary>
    public long Size => file.Size;

    /// <summary>How many bytes are still to come.</summary>
    public long Missing => file.Size - Math.Min(PartLength, file.Size);

    private long PartLength => File.Exists(part) ? new FileInfo(part).Length : 0;

    /// <summary>Fetches what is missing, once.</summary>
    /// <param name="arrived">Told how many bytes of the file there are.</param>
    /// <param name="cancellationToken">Stops; what has arrived is kept.</param>
    /// <exception cref="PullException">It did not work; the error says whether another attempt may.</exception>
    public async Task FetchAsync(IProgress<long> arrived, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var kept = PartLength;
            await AppendAsync(arrived, cancellationToken);
            await AcceptAsync(wasKept: kept > 0, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PullException($"{path} can't be written: {error.Message}", error);
        }
    }

    private async Task AppendAsync(IProgress<long> arrived, CancellationToken cancellationToken)
    {
        await using var target = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        if (target.Length >= file.Size)
        {
            return;
        }

        using var response = await hub.OpenAsync(file, target.Length, cancellationToken);
        target.SetLength(Start(response, target.Length));
        target.Position = target.Length;
        await CopyAsync(response, target, arrived, cancellationToken);
    }

    // Where the answer's bytes belong: behind those that are here, if the server took the range; otherwise at the beginning.
    private long Start(HttpResponseMessage response, long kept)
    {
        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            return 0;
        }

        return response.Content.Headers.ContentRange?.From == kept
            ? kept
            : throw new PullException($"{file.Address.Host} sends another part of {file.Path} than was asked for.");
    }

    private async Task CopyAsync(HttpResponseMessage response, FileStream target, IProgress<long> arrived, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 17];
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        int read;
        while ((read = await ReadAsync(source, buffer, target.Length, cancellationToken)) > 0)
        {
            if (target.Length + read > file.Size)
            {
                target.SetLength(0);
                throw new PullException($"{file.Address.Host} sends more than the {file.Size} bytes that it said {file.Path} has.");
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            arrived.Report(target.Length);
        }

        if (target.Length < file.Size)
        {
            throw BrokenOff(null, target.Length);
        }
    }

    private async Task<int> ReadAsync(Stream source, byte[] buffer, long arrived, CancellationToken cancellationToken)
    {
        using var retries = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        retries.CancelAfter(LongestSilence);
        try
        {
            return await source.ReadAsync(buffer, retries.Token);
        }
        catch (Exception error) when (error is IOException or HttpRequestException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw BrokenOff(error, arrived);
        }
    }

    private PullException BrokenOff(Exception? error, long length) =>
        new($"The connection to {file.Address.Host} broke off after {length} of {file.Size} bytes of {file.Path}.", error) { MayPass = true };

    private async Task AcceptAsync(bool wasKept, CancellationToken cancellationToken)
    {
        if (await file.Checksum.FitsAsync(part, cancellationToken))
        {
            File.Move(part, path, overwrite: true);
            return;
        }

        // A part from an earlier run may have been damaged in between: then a fresh start helps, otherwise nothing does.
        File.Delete(part);
        throw new PullException($"What arrived as {file.Path} is not what {file.Address.Host} said it would be: its checksum is another. It was deleted.") { MayPass = wasKept };
    }
}
