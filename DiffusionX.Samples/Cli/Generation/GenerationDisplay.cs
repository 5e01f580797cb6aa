using DiffusionX.Cli.Terminal;
using DiffusionX.Generation;
using DiffusionX.Imaging;
using Spectre.Console;

namespace DiffusionX.Cli.Generation;

/// <summary>Loading and drawing while the user watches.</summary>
internal static class GenerationDisplay
{
    public static DiffusionModel Load(string folder, DiffusionModelOptions options) =>
        Consoles.Progress.Status().Start("Loading …", status =>
            DiffusionModel.Load(folder, options, new Reporter<LoadingProgress>(p => status.Status($"Loading {p.Component} ({p.Index} of {p.Count}) …"))));

    public static Task<GenerationResult> GenerateAsync(
        DiffusionModel model, GenerationRequest request, Action<Picture> showPreview, CancellationToken cancellationToken) =>
        Consoles.Progress.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var steps = context.AddTask("Drawing", maxValue: request.Steps);
                var reporter = new Reporter<GenerationProgress>(p =>
                {
                    steps.MaxValue = p.Steps;
                    steps.Value = p.Step;
                    if (p.Preview is { } preview)
                    {
                        showPreview(preview);
                    }
                });
                return await model.GenerateAsync(request, reporter, cancellationToken);
            });

    /// <summary>Reports at once, on the thread that computes: System.Progress would report later, and out of order.</summary>
    private sealed class Reporter<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
