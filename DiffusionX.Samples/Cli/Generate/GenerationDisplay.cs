using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using Spectre.Console;

namespace DiffusionX.Cli.Generate;

/// <summary>Loading and drawing while the user watches.</summary>
internal static class GenerationDisplay
{
    public static async Task<DiffusionModel> LoadAsync(string folder, DiffusionModelOptions options, CancellationToken cancellationToken)
    {
        var model = await Consoles.Progress.Status().StartAsync("Loading …", status => DiffusionModel.LoadAsync(
            folder,
            options,
            new ImmediateProgress<LoadingProgress>(part =>
            {
                Consoles.Tell("loading", new JsonObject { ["model"] = folder, ["component"] = part.Component, ["index"] = part.Index, ["count"] = part.Count });
                status.Status($"Loading {Name(folder)}'s {part.Component} ({part.Index} of {part.Count}) …");
            }),
            cancellationToken));
        foreach (var note in model.Notes)
        {
            Consoles.Progress.WriteLine(note);
        }

        return model;
    }

    /// <summary>Draws the prompts one after another, with a bar for each.</summary>
    /// <param name="model">The model.</param>
    /// <param name="requests">One for each prompt.</param>
    /// <param name="showPreview">What to do with a picture of where a drawing is heading.</param>
    /// <param name="save">What to do with a prompt's pictures as soon as they are drawn.</param>
    /// <param name="cancellationToken">Ends the drawing.</param>
    public static Task<IReadOnlyList<GenerationResult>> GenerateAsync(
        DiffusionModel model,
        IReadOnlyList<GenerationRequest> requests,
        Action<Picture> showPreview,
        Action<GenerationRequest, GenerationResult> save,
        CancellationToken cancellationToken) =>
        Consoles.Progress.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync<IReadOnlyList<GenerationResult>>(async context =>
            {
                var results = new List<GenerationResult>();
                foreach (var request in requests)
                {
                    var name = requests.Count == 1 ? "Drawing" : $"Drawing {results.Count + 1} of {requests.Count}";
                    var steps = context.AddTask(name, maxValue: request.Steps);
                    var result = await model.GenerateAsync(request, Reporter(steps, showPreview), cancellationToken);
                    save(request, result);
                    results.Add(result);
                }

                return results;
            });

    private static string Name(string folder) => Markup.Escape(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));

    private static ImmediateProgress<GenerationProgress> Reporter(ProgressTask steps, Action<Picture> showPreview) => new(progress =>
    {
        steps.MaxValue = progress.Steps;
        steps.Value = progress.Step;
        Consoles.Tell("step", new JsonObject { ["step"] = progress.Step, ["steps"] = progress.Steps, ["seconds"] = progress.Elapsed.TotalSeconds });
        if (progress.Preview is { } preview)
        {
            showPreview(preview);
        }
    });
}
