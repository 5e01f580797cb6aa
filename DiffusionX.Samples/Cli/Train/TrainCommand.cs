using System.CommandLine;

namespace DiffusionX.Cli.Train;

/// <summary><c>diffusionx train</c>: what learns, by name.</summary>
internal sealed class TrainCommand : Command
{
    public TrainCommand()
        : base("train", "Train models of your own.")
    {
        Add(new TrainScenesCommand());
        Add(new TrainStrengthCommand());
        Add(new TrainFewStepLoraCommand());
    }
}
