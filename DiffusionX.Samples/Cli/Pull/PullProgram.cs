using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using Spectre.Console;

namespace DiffusionX.Cli.Pull;

/// <summary>What <c>diffusionx pull</c> does: ask for every file what it has to be, then fetch what is not here.</summary>
internal sealed class PullProgram(PullSettings settings, RetryPolicy retries)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var hub = new HubClient(Endpoint(), settings.Model.Repository, settings.Token);
        var files = await PullDisplay.LookAsync(settings, () => FindAllAsync(hub, cancellationToken));
        var missing = await PullDisplay.CheckAsync(settings, () => MissingAsync(hub, files, cancellationToken));
        MakeRoom(missing.Sum(download => download.Missing));
        await PullDisplay.FetchAsync(missing, (download, arrived) => FetchAsync(download, arrived, cancellationToken));
        Consoles.Tell("pulled", new JsonObject
        {
            ["path"] = settings.Folder,
            ["repository"] = settings.Model.Repository,
            ["fetched"] = missing.Count,
            ["already_here"] = files.Count - missing.Count,
        });
        Consoles.Output.WriteLine($"{settings.Folder}: {settings.Model.Repository}, {Count(missing.Count, "file")} fetched, {files.Count - missing.Count} already here, all checked.");
        Consoles.Progress.WriteLine($"Try: diffusionx generate --model {settings.Folder} \"a lighthouse in a storm\"");
        return 0;
    }

    private Uri Endpoint()
    {
        if (!Uri.TryCreate(settings.Endpoint, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            throw new PullException($"The endpoint '{settings.Endpoint}' is no web address; it looks like {PullSettings.DefaultEndpoint}.");
        }

        return settings.Token is null || endpoint.Scheme == Uri.UriSchemeHttps || endpoint.IsLoopback
            ? endpoint
            : throw new PullException($"The token in {PullSettings.TokenVariable} is not sent to {endpoint.Host} without encryption. Use https, or unset the variable.");
    }

    private async Task<IReadOnlyList<RemoteFile>> FindAllAsync(HubClient hub, CancellationToken cancellationToken)
    {
        var found = new List<RemoteFile>();
        foreach (var file in ModelFile.All(settings.Variant))
        {
            // All of one commit, even if somebody changes the branch meanwhile.
            var revision = found.FirstOrDefault()?.Commit ?? settings.Revision;
            var remote = await retries.TryAsync(() => hub.FindAsync(file.Path, revision, cancellationToken), () => 0, cancellationToken);
            if (remote is not null)
            {
                found.Add(remote);
            }
            else if (file.IsRequired)
            {
                throw NotThere(file);
            }
        }

        return found;
    }

    private PullException NotThere(ModelFile file)
    {
        var hint = file.IsWeights
            ? " The repository may have it as a pickle file only, which is not read here, or at another --revision, such as refs/pr/1, or as another --variant, such as fp16."
            : " It is no model in diffusers' layout, or has another --revision.";
        return new PullException($"{settings.Model.Repository} has no {file.Path} at {settings.Revision}.{hint}");
    }

    private async Task<IReadOnlyList<FileDownload>> MissingAsync(HubClient hub, IReadOnlyList<RemoteFile> files, CancellationToken cancellationToken)
    {
        var missing = new List<FileDownload>();
        foreach (var download in files.Select(file => new FileDownload(hub, file, settings.Folder)))
        {
            if (!await download.IsHereAsync(cancellationToken))
            {
                missing.Add(download);
            }
        }

        return missing;
    }

    private void MakeRoom(long needed)
    {
        try
        {
            var free = new DriveInfo(Directory.CreateDirectory(settings.Folder).FullName).AvailableFreeSpace;
            if (needed > free)
            {
                throw new PullException($"{settings.Folder} needs {needed >> 20} MiB more, and {free >> 20} MiB are free there. Choose another place with --to.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PullException($"{settings.Folder} can't be made: {error.Message}", error);
        }
    }

    private Task<bool> FetchAsync(FileDownload download, IProgress<long> arrived, CancellationToken cancellationToken) => retries.TryAsync(
        async () =>
        {
            await download.FetchAsync(arrived, cancellationToken);
            return true;
        },
        () => -download.Missing,
        cancellationToken);

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
