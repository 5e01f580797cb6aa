using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Inception;

/// <summary>
/// Normalises each channel of a feature map with the mean and variance that training found (Ioffe and Szegedy, "Batch Normalization",
/// 2015). For inference only: the running statistics are read, never updated.
/// </summary>
internal sealed class BatchNorm2d : nn.Module<Tensor, Tensor>
{
    private readonly double epsilon;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter bias;

    [ComponentName(Name = "running_mean")]
    private readonly Tensor runningMean;

    [ComponentName(Name = "running_var")]
    private readonly Tensor runningVariance;

    public BatchNorm2d(long channels, double epsilon)
        : base(nameof(BatchNorm2d))
    {
        this.epsilon = epsilon;
        weight = ParameterPlacement.Allocate(channels);
        bias = ParameterPlacement.Allocate(channels);
        runningMean = ParameterPlacement.AllocateBuffer(channels);
        runningVariance = ParameterPlacement.AllocateBuffer(channels);
        RegisterComponents();

        // Only training reads it, but checkpoints hold it.
        register_buffer("num_batches_tracked", ParameterPlacement.AllocateCounter());
    }

    /// <param name="input">[B, C, H, W].</param>
    /// <returns>[B, C, H, W], in the input's memory order.</returns>
    public override Tensor forward(Tensor input) =>
        nn.functional.batch_norm(input, runningMean, runningVariance, weight, bias, training: false, eps: epsilon);
}
