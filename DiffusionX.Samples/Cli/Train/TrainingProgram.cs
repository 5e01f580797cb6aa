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
        var run = new TrainingRun(stage, plan, folder, settings.Seed);
        if (settings.StartsFromExport && !run.HasCheckpoint)
        {
            stage.StartFromExport();
        }

        TrainingDisplay.Show(name, plan, progress => run.Run(progress, cancellationToken));
        Consoles.Tell("trained", new JsonObject { ["stage"] = name, ["steps"] = plan.Steps, ["folder"] = folder, ["path"] = settings.WeightsFolder });
        Consoles.Output.WriteLine($"{name}: trained; the loss and samples are in {folder}, the model in {settings.WeightsFolder}.");
    }
}
