using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Scenes.Training;

namespace DiffusionX.Cli.Train;

/// <summary><c>diffusionx train scenes</c>: the models that are shipped, from nothing.</summary>
internal sealed class TrainScenesCommand : Command, IHasExamples
{
    private readonly Option<string?> stage = new("--stage") { Description = $"One stage alone: {string.Join(", ", ScenesStages.Names)}. Without it, all of them in this order." };
    private readonly Option<string> weights = new("--weights") { Description = "Where the models go.", DefaultValueFactory = _ => Path.Combine("weights", "scenes") };
    private readonly Option<string> work = new("--work") { Description = "Where checkpoints, loss curves and samples go.", DefaultValueFactory = _ => Path.Combine("training", "scenes") };
    private readonly Option<bool> fromExport = new("--from-export") { Description = "Where there is no checkpoint, start from the weights that are there: to train shipped models further." };
    private readonly Option<bool> takeUp = new("--take-up") { Description = "The former name of --from-export.", Hidden = true };
    private readonly Option<int?> steps = new("--steps") { Description = "Steps, if not the stage's own number." };
    private readonly Option<int?> batch = new("--batch") { Description = "Samples in a step, if not the stage's own number." };
    private readonly Option<long> seed = new("--seed") { Description = "Decides the data's order and every random number.", DefaultValueFactory = _ => 1 };
    private readonly Option<string> device = new("--device") { Description = "cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };

    public TrainScenesCommand()
        : base("scenes", "Train the models that draw scenes, from nothing; an interrupted run goes on where it stopped.")
    {
        foreach (var option in new Option[] { stage, weights, work, fromExport, takeUp, steps, batch, seed, device })
        {
            Add(option);
        }

        stage.AcceptOnlyFromAmong([.. ScenesStages.Names]);
        SetAction((parsed, cancellationToken) => Task.Run(() => new TrainingProgram(Settings(parsed)).Run(cancellationToken), CancellationToken.None));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx train scenes", "Everything, hours on two cores; Ctrl-C and the same command again go on"),
        new("diffusionx train scenes --stage cloud --from-export --steps 20000", "The shipped UNet, trained further"),
        new("diffusionx train scenes --stage vae --steps 200 --work /tmp/try --weights /tmp/try", "A short try of one stage"),
    ];

    private TrainingSettings Settings(ParseResult parsed) => new()
    {
        Stages = parsed.GetValue(stage) is { } one ? [one] : ScenesStages.Names,
        WeightsFolder = parsed.GetRequiredValue(weights),
        WorkFolder = parsed.GetRequiredValue(work),
        StartsFromExport = parsed.GetValue(fromExport) || parsed.GetValue(takeUp),
        Steps = parsed.GetValue(steps),
        BatchSize = parsed.GetValue(batch),
        Seed = parsed.GetValue(seed),
        Device = parsed.GetRequiredValue(device),
    };
}
