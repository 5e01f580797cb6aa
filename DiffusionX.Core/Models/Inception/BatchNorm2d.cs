using DiffusionX.Models.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Inception;

/// <summary>
/// Normalises each channel by the mean and variance that training has seen, then scales and shifts it (Ioffe and Szegedy, "Batch
/// Normalization", 2015).
/// </summary>
internal sealed class BatchNorm2d : nn.Module<Tensor, Tensor>
{
    private readonly double epsilon;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter bias;

    [ComponentName(Name = "running_mean")]
    private readonly Tensor mean;

    [ComponentName(Name = "running_var")]
    private readonly Tensor variance;

    public BatchNorm2d(long channels, double epsilon)
        : base(nameof(BatchNorm2d))
    {
        this.epsilon = epsilon;
        weight = ParameterPlacement.Allocate(channels);
        bias = ParameterPlacement.Allocate(channels);
        mean = empty_like(weight).DetachFromDisposeScope();
        variance = empty_like(weight).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <param name="input">[B, C, H, W].</param>
    /// <returns>[B, C, H, W].</returns>
    public override Tensor forward(Tensor input) => nn.functional.batch_norm(input, mean, variance, weight, bias, eps: epsilon);
}
