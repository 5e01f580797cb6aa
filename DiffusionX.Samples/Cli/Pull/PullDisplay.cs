using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using DiffusionX.Runtime;
using Spectre.Console;

namespace DiffusionX.Cli.Pull;

/// <summary>Fetching while the user watches.</summary>
internal static class PullDisplay
{
    public static Task<T> LookAsync<T>(PullSettings settings, Func<Task<T>> look) =>
        Consoles.Progress.Status().StartAsync($"Asking for {settings.Model.Repository} …", _ => look());

    public static Task<T> CheckAsync<T>(PullSettings settings, Func<Task<T>> check) =>
        Consoles.Progress.Status().StartAsync($"Checking what is in {Markup.Escape(settings.Folder)} …", _ => check());

    /// <summary>Fetches one file after another, with one bar for all bytes.</summary>
    public static async Task FetchAsync(IReadOnlyList<FileDownload> downloads, Func<FileDownload, IProgress<long>, Task> fetch)
    {
        if (downloads.Count == 0)
        {
            return;
        }

        await Consoles.Progress.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("Fetching", maxValue: Math.Max(downloads.Sum(download => download.Size), 1));
                var finished = 0L;
                foreach (var download in downloads)
                {
                    bar.Description = Markup.Escape(download.Name);
                    var told = -1L;
                    await fetch(download, new ImmediateProgress<long>(arrived =>
                    {
                        bar.Value = finished + arrived;
                        if (arrived * 100 / Math.Max(download.Size, 1) is var percent && percent != told)
                        {
                            told = percent;
                            Consoles.Tell("fetching", new JsonObject { ["file"] = download.Name, ["bytes"] = arrived, ["size"] = download.Size });
                        }
                    }));
                    finished += download.Size;
                    bar.Value = finished;
                }
            });
    }
}
