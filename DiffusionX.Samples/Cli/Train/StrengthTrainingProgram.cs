using System.Text.Json.Nodes;
using DiffusionX.Cli.Prompts;
using DiffusionX.Cli.Terminal;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using DiffusionX.Scenes;
using DiffusionX.Sessions;
using DiffusionX.Strength;
using DiffusionX.Training;
using DiffusionX.Training.StrengthLabels;
using DiffusionX.Training.StrengthLearning;
using Spectre.Console;

namespace DiffusionX.Cli.Train;

/// <summary>What <c>diffusionx train strength</c> does: label pairs of prompts, learn from most of them, measure on the others.</summary>
internal sealed class StrengthTrainingProgram(StrengthTrainingSettings settings)
{
    private const int RoundsOfScenes = 3;

    private string LabelFolder => Path.Combine(settings.WorkFolder, "labels");

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (settings is { Side: StrengthSide.Cloud, Starts: > 1 })
        {
            throw new StrengthException($"{settings.Starts} starts were asked for, but the cloud's predictor sees the draft, and learns from one for each pair. Use --starts 1, and more --images.");
        }

        if (settings is { Side: StrengthSide.Edge, PapersFeatures: true })
        {
            throw new StrengthException("The paper's features of BERT and CLIP are the cloud's; the edge's head is given what changed in the prompt. Leave --papers-features out, or train the side Cloud.");
        }

        var pairs = StrengthPair.Of(settings.Side, Sessions(cancellationToken));
        using var workers = await LabelWorkers.LoadAsync(settings, cancellationToken);
        var edge = workers.Models[0].Edge;
        var drawn = LabelOptions();
        var labels = await LabelAsync(workers.Models, pairs, drawn, cancellationToken);
        double Label(StrengthLabel label) => label.Strength(settings.Rule, drawn, settings.Tolerance);
        var floor = settings.Rule == StrengthRule.FewestSteps ? StrengthExamples.Floor(labels, drawn) : null;
        if (settings.Side == StrengthSide.Edge)
        {
            var encoders = new Dictionary<string, string> { [EdgeStrengthPredictor.TextEncoder] = (await edge.FingerprintAsync(cancellationToken)).TextEncoder };
            Train(await StrengthExamples.OfEdgeAsync(labels, Label, edge, cancellationToken), encoders, floor, cancellationToken);
        }
        else
        {
            using IDraftFeatures features = settings.PapersFeatures ? BertClipFeatures.Load(settings.BertFolder, settings.ClipFolder) : ClipScoreFeature.Load(settings.ClipFolder);
            Train(StrengthExamples.OfCloud(labels, Label, features, LabelFolder), features.Fingerprints, floor, cancellationToken);
        }

        return 0;
    }

    private IReadOnlyList<PromptSession> Sessions(CancellationToken cancellationToken) => settings.Pairs == StrengthTrainingSettings.ScenesPairs
        ? ScenePrompts.Draw(SceneSplit.Training, settings.Sessions, RoundsOfScenes, settings.Seed, cancellationToken)
        : PromptSet.Read(settings.Pairs);

    private async Task<IReadOnlyList<StrengthLabel>> LabelAsync(IReadOnlyList<LabelModels> models, IReadOnlyList<StrengthPair> pairs, StrengthLabelOptions drawn, CancellationToken cancellationToken)
    {
        var labelling = new StrengthLabelling(models, drawn);
        return await Consoles.Progress.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                var bar = context.AddTask($"labels of {pairs.Count} pairs", maxValue: pairs.Count);
                return labelling.RunAsync(pairs, LabelFolder, new ImmediateProgress<int>(done =>
                {
                    Consoles.Tell("labelling", new JsonObject { ["done"] = done, ["count"] = pairs.Count });
                    bar.Value = done;
                }), cancellationToken);
            });
    }

    private StrengthLabelOptions LabelOptions()
    {
        var defaults = GenerationDefaults.Read(settings.Side == StrengthSide.Cloud ? settings.CloudFolder : settings.EdgeFolder);
        return new StrengthLabelOptions
        {
            Steps = settings.DrawingSteps ?? defaults.Steps,
            MaxStepFraction = settings.Side == StrengthSide.Cloud ? MaxStepFraction.OfRefinement : MaxStepFraction.OfRound,
            GuidanceScale = defaults.GuidanceScale,
            Scheduler = defaults.Scheduler,
            Starts = settings.Starts,
            Images = settings.Images,
            Seed = settings.Seed,
        };
    }

    private void Train(IReadOnlyList<StrengthExample> examples, IReadOnlyDictionary<string, string> encoders, StrengthFloor? floor, CancellationToken cancellationToken)
    {
        // What was learned from other labels is not gone on with.
        var folder = Path.Combine(settings.WorkFolder, FormattableString.Invariant($"{settings.Rule}-{settings.Tolerance}-{examples.Count}").ToLowerInvariant());
        using var stage = new StrengthStage(settings.Side, encoders, examples, settings.OutputFolder, settings.Seed) { Floor = floor, Showing = LearningCurve.Save };
        var plan = stage.Plan with { Steps = settings.Steps ?? stage.Plan.Steps };
        var run = new TrainingRun(stage, plan, folder, settings.Seed);
        TrainingDisplay.Show(stage.Name, plan, progress => run.Run(progress, cancellationToken));
        Tell(stage.Metrics!);
        Consoles.Tell("trained", new JsonObject
        {
            ["stage"] = stage.Name,
            ["steps"] = plan.Steps,
            ["folder"] = folder,
            ["path"] = settings.OutputFolder,
            ["held_out"] = stage.Metrics!.HeldOut,
            ["mean_absolute_error"] = stage.Metrics.Head,
        });
        Consoles.Output.WriteLine($"{stage.Name}: trained; the learning curve is in {folder}, the labels in {LabelFolder}, the head in {settings.OutputFolder}.");
    }

    private static void Tell(StrengthMetrics figures)
    {
        var table = new Table().AddColumn("Mean absolute error").AddColumn(new TableColumn($"on {figures.HeldOut} held-out pairs").RightAligned());
        foreach (var (name, error) in new[] { ("head", figures.Head), ("distance alone", figures.Distance), ("best constant", figures.Constant) })
        {
            table.AddRow(name, FormattableString.Invariant($"{error:F4}"));
        }

        Consoles.Output.Write(table);
    }
}
