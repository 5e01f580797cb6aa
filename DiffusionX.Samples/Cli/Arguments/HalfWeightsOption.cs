using System.CommandLine;

namespace DiffusionX.Cli.Arguments;

/// <summary>Whether a model's weights stay in half precision, in every program that loads one.</summary>
internal sealed class HalfWeightsOption : Option<bool>
{
    public HalfWeightsOption()
        : base("--half-weights") =>
        Description = "Keep the weights in half precision in memory: half of it, for some more time a step.";
}
