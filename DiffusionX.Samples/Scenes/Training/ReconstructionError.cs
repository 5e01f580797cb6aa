using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>How wrong a VAE's picture is: the squares punish a wrong colour, the absolute values a soft edge.</summary>
internal static class ReconstructionError
{
    private const double AbsoluteWeight = 0.1;

    /// <summary>The error of a batch, a scalar.</summary>
    /// <param name="difference">Decoded less original pictures, [B, 3, H, W].</param>
    public static Tensor Of(Tensor difference)
    {
        using var scope = NewDisposeScope();
        return (difference.square().mean() + (AbsoluteWeight * difference.abs().mean())).MoveToOuterDisposeScope();
    }
}
