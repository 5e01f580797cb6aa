using DiffusionX.Cli.Terminal;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;
using Spectre.Console;

namespace DiffusionX.Cli.Play;

/// <summary>Drawing and refining while the user watches.</summary>
internal static class PlayDisplay
{
    public static Task<Draft> DrawAsync(Func<IProgress<GenerationProgress>, Task<Draft>> draw) => WithBarAsync("Drawing", async bar =>
        await draw(new ImmediateProgress<GenerationProgress>(progress =>
        {
            Consoles.Tell("step", PlayEvents.Of(progress));
            Set(bar, progress.Step, progress.Steps);
        })));

    public static Task<RefinedImage> RefineAsync(Func<IProgress<RefinementProgress>, Task<RefinedImage>> refine) => WithBarAsync("Refining", async bar =>
        await refine(new ImmediateProgress<RefinementProgress>(progress =>
        {
            Consoles.Tell("refining", PlayEvents.Of(progress));
            bar.Description = Markup.Escape(Describe(progress));
            Set(bar, progress.Step, progress.Steps);
        })));

    // A bar is gone when its work is done: the picture that follows says it all.
    private static Task<T> WithBarAsync<T>(string name, Func<ProgressTask, Task<T>> work) => Consoles.Progress.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(context => work(context.AddTask(name)));

    private static void Set(ProgressTask bar, int step, int steps)
    {
        if (steps > 0)
        {
            bar.MaxValue = steps;
            bar.Value = step;
        }
    }

    private static string Describe(RefinementProgress progress) => progress.Stage switch
    {
        RefinementStage.Preparing => "Preparing the draft",
        RefinementStage.Connecting => "Reaching the cloud",
        RefinementStage.Sending => "Sending the draft",
        RefinementStage.Queued => $"Waiting in the cloud, {progress.QueuePlace ?? 0} before this one",
        RefinementStage.Refining => "Refining in the cloud",
        RefinementStage.Pausing => $"Trying again soon: {progress.Trouble}",
        RefinementStage.Planned => $"Planned: {progress.Plan}",
        _ when progress.Trouble is null => "Refining here",
        _ => $"Refining here: {progress.Trouble}",
    };
}
