using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Training;
using DiffusionX.Training;
using Spectre.Console;

namespace DiffusionX.Cli.Train;

/// <summary>What <c>diffusionx train</c> does: one stage after another, each from its last checkpoint.</summary>
internal sealed class TrainingProgram(TrainingSettings settings)
{
    public int Run(CancellationToken cancellationToken)
    {
        foreach (var name in settings.Stages)
        {
            Train(name, cancellationToken);
        }

        return 0;
    }

    private void Train(string name, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(settings.WorkFolder, name);
        using var stage = ScenesStages.Create(name, new ScenesFolder(settings.WeightsFolder), settings.Device, settings.Seed);
        var plan = stage.Plan with { Steps = settings.Steps ?? stage.Plan.Steps, BatchSize = settings.BatchSize ?? stage.Plan.BatchSize };
        if (settings.StartsFromExport && !new TrainingRun(stage, plan, folder, settings.Seed).HasCheckpoint)
        {
            stage.StartFromExport();
        }

        Train(stage, plan, folder, settings.Seed, settings.WeightsFolder, cancellationToken);
    }

    /// <summary>Trains one stage, from its last checkpoint, while the user watches.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="plan">How it is trained.</param>
    /// <param name="folder">Where checkpoints, loss and samples go.</param>
    /// <param name="seed">Decides every random number.</param>
    /// <param name="output">Where the stage writes its model, for the user.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    internal static void Train(TrainingStage stage, TrainingPlan plan, string folder, long seed, string output, CancellationToken cancellationToken)
    {
        var run = new TrainingRun(stage, plan, folder, seed);
        TrainingDisplay.Show(stage.Name, plan, progress => run.Run(progress, cancellationToken));
        Consoles.Tell("trained", new JsonObject { ["stage"] = stage.Name, ["steps"] = plan.Steps, ["folder"] = folder, ["path"] = output });
        Consoles.Output.WriteLine($"{stage.Name}: trained; checkpoints and the like are in {folder}, the model in {output}.");
    }
}
