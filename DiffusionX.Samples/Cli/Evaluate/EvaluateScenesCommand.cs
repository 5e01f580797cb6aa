using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Evaluation;

namespace DiffusionX.Cli.Evaluate;

/// <summary><c>diffusionx evaluate scenes</c>: the figures of docs/TRAINING.md.</summary>
internal sealed class EvaluateScenesCommand : Command, IHasExamples
{
    private readonly Option<string> weights = new("--weights") { Description = "Where the models are.", DefaultValueFactory = _ => Path.Combine("weights", "scenes") };
    private readonly Option<string> work = new("--work") { Description = "Where the pictures and the report go.", DefaultValueFactory = _ => Path.Combine("training", "evaluation") };
    private readonly Option<int> captions = new("--captions") { Description = "Captions of each split.", DefaultValueFactory = _ => 500 };
    private readonly Option<int> steps = new("--steps") { Description = "Steps of each run.", DefaultValueFactory = _ => ScenesModels.Steps };
    private readonly Option<double> guidance = new("--guidance") { Description = "The guidance scale.", DefaultValueFactory = _ => ScenesModels.GuidanceScale };
    private readonly Option<long> seed = new("--seed") { Description = "The first picture's seed.", DefaultValueFactory = _ => 1 };

    public EvaluateScenesCommand()
        : base("scenes", "Measure the models that draw scenes, on captions that they never saw; an interrupted run goes on where it stopped.")
    {
        foreach (var option in new Option[] { weights, work, captions, steps, guidance, seed })
        {
            Add(option);
        }

        SetAction((parsed, cancellationToken) => new SceneEvaluationProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx evaluate scenes", "All figures; some minutes on two cores"),
        new("diffusionx evaluate scenes --captions 64 --guidance 2", "A quick look at another guidance scale"),
    ];

    private SceneEvaluationSettings Settings(ParseResult parsed) => new()
    {
        Weights = new ScenesFolder(parsed.GetRequiredValue(weights)),
        WorkFolder = parsed.GetRequiredValue(work),
        Captions = parsed.GetValue(captions),
        Steps = parsed.GetValue(steps),
        GuidanceScale = parsed.GetValue(guidance),
        Seed = parsed.GetValue(seed),
    };
}
