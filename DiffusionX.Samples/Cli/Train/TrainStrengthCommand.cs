using System.CommandLine;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Shipped;
using DiffusionX.Strength;
using DiffusionX.Training.StrengthLabels;

namespace DiffusionX.Cli.Train;

/// <summary><c>diffusionx train strength</c>: how much noise a change of prompt, or a draft, needs.</summary>
internal sealed class TrainStrengthCommand : Command, IHasExamples
{
    private readonly Option<StrengthSide> side = new("--side") { Description = "Who redraws: the edge from round to round, or the cloud at the end.", Required = true };
    private readonly Option<string> pairs = new("--pairs") { Description = $"A file of sessions in JSON lines, or '{StrengthTrainingSettings.ScenesPairs}' for sessions about scenes.", DefaultValueFactory = _ => StrengthTrainingSettings.ScenesPairs };
    private readonly Option<int> sessions = new("--sessions") { Description = "How many sessions about scenes.", DefaultValueFactory = _ => 400 };
    private readonly Option<string?> edge = new("--edge") { Description = "The model that drafts, if not the one that comes with the program." };
    private readonly Option<string?> cloud = new("--cloud") { Description = "The model that refines, if not the one that comes with the program." };
    private readonly Option<string?> clip = new("--clip") { Description = "The CLIP that scores and sees drafts, if not the one that comes with the program." };
    private readonly Option<string?> bert = new("--bert") { Description = "The BERT of the paper's features, if not the one that comes with the program." };
    private readonly Option<bool> paper = new("--papers-features") { Description = "For the cloud: give the head the embeddings of BERT and of CLIP's image encoder, rather than how well CLIP finds that the draft fits the prompt." };
    private readonly Option<string?> output = new("--out", "-o") { Description = "Where the head goes; by default weights/scenes/strength and the side." };
    private readonly Option<string?> work = new("--work") { Description = "Where labels, checkpoints and curves go; by default training/strength and the side." };
    private readonly Option<StrengthRule> rule = new("--rule") { Description = "Which strength is the label: that of the best score, the smallest one that comes close, or the best of those that come close for the fewest steps.", DefaultValueFactory = _ => StrengthRule.BestScore };
    private readonly Option<double> tolerance = new("--tolerance") { Description = "How much lower than the best a score may be and still come close.", DefaultValueFactory = _ => 0.005 };
    private readonly Option<int> starts = new("--starts") { Description = "Starts of a pair, for the edge, whose predictor does not see them.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> images = new("--images") { Description = "Pictures for each strength of a start.", DefaultValueFactory = _ => 2 };
    private readonly Option<int?> drawingSteps = new("--drawing-steps") { Description = "Steps of a whole run when pictures are drawn, if not the model's own number." };
    private readonly HalfWeightsOption halfWeights = new();
    private readonly Option<string> device = new("--device") { Description = "Where pictures for labels are drawn and scored: cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<int> workers = new("--workers") { Description = "How many pairs to label at a time, each with models of its own.", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> steps = new("--steps") { Description = "Steps of the training, if not its own number." };
    private readonly Option<int> seed = new("--seed") { Description = "Decides sessions, noise and the head's first weights.", DefaultValueFactory = _ => 1 };

    public TrainStrengthCommand()
        : base("strength", "Label pairs of prompts and train a strength predictor on them; an interrupted labelling goes on where it stopped.")
    {
        foreach (var option in new Option[] { side, pairs, sessions, edge, cloud, clip, bert, paper, output, work, rule, tolerance, starts, images, drawingSteps, device, halfWeights, workers, steps, seed })
        {
            Add(option);
        }

        SetAction((parsed, cancellationToken) => new StrengthTrainingProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx train strength --side edge --pairs scenes", "The predictor of the edge, for the models that come with the program"),
        new("diffusionx train strength --side cloud --pairs prompts.jsonl --rule Frugal --images 4", "The predictor of the cloud, on prompts of your own, sparing steps"),
    ];

    private StrengthTrainingSettings Settings(ParseResult parsed)
    {
        var name = parsed.GetValue(side).ToString().ToLowerInvariant();
        return new StrengthTrainingSettings
        {
            Side = parsed.GetValue(side),
            Pairs = parsed.GetRequiredValue(pairs),
            Sessions = parsed.GetValue(sessions),
            EdgeFolder = parsed.GetValue(edge) ?? ShippedModels.Find(ShippedModels.Edge),
            CloudFolder = parsed.GetValue(cloud) ?? ShippedModels.Find(ShippedModels.Cloud),
            ClipFolder = parsed.GetValue(clip) ?? ShippedModels.Find(ShippedModels.Clip),
            BertFolder = parsed.GetValue(bert) ?? ShippedModels.Find(ShippedModels.Bert),
            PapersFeatures = parsed.GetValue(paper),
            OutputFolder = parsed.GetValue(output) ?? Path.Combine("weights", "scenes", "strength", name),
            WorkFolder = parsed.GetValue(work) ?? Path.Combine("training", "strength", name),
            Rule = parsed.GetValue(rule),
            Tolerance = parsed.GetValue(tolerance),
            Starts = parsed.GetValue(starts),
            Images = parsed.GetValue(images),
            DrawingSteps = parsed.GetValue(drawingSteps),
            Device = parsed.GetRequiredValue(device),
            HalfWeights = parsed.GetValue(halfWeights),
            Workers = parsed.GetValue(workers),
            Steps = parsed.GetValue(steps),
            Seed = parsed.GetValue(seed),
        };
    }
}
