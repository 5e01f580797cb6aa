using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>One module's weights put into another.</summary>
internal static class WeightCopying
{
    /// <summary>Takes over the weights of a module of the same shape, on whatever device and of whatever type either is.</summary>
    public static void CopyFrom(this nn.Module module, nn.Module source)
    {
        using var noGradient = no_grad();
        var targets = module.state_dict();
        foreach (var (name, weight) in source.state_dict())
        {
            targets[name].copy_(weight);
        }
    }
}
