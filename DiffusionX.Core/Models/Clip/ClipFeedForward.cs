using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>Two linear layers with a non-linearity in between.</summary>
internal sealed class ClipFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Activation activation;

    [ComponentName(Name = "fc1")]
    private readonly Linear inner;

    [ComponentName(Name = "fc2")]
    private readonly Linear outer;

    public ClipFeedForward(ClipLayerConfig config)
        : base(nameof(ClipFeedForward))
    {
        activation = config.Activation;
        inner = new Linear(config.Width, config.InnerWidth);
        outer = new Linear(config.InnerWidth, config.Width);
        RegisterComponents();
    }

    /// <param name="tokens">[B, T, width].</param>
    /// <returns>[B, T, width].</returns>
    public override Tensor forward(Tensor tokens) => activation.ApplyInPlace(inner.forward(tokens)).Into(outer);
}
