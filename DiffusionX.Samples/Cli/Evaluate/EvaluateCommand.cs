using System.CommandLine;

namespace DiffusionX.Cli.Evaluate;

/// <summary><c>diffusionx evaluate</c>: what is measured, by name.</summary>
internal sealed class EvaluateCommand : Command
{
    public EvaluateCommand()
        : base("evaluate", "Measure how good models are.")
    {
        Add(new EvaluateAllCommand());
        Add(new EvaluateQualityCommand());
        Add(new EvaluateLatencyCommand());
        Add(new EvaluateThroughputCommand());
        Add(new EvaluateScenesCommand());
        Add(new EvaluatePrecisionCommand());
        Add(new EvaluateFleetCommand());
    }
}
