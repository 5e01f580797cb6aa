using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// A timestep as a vector: sinusoids of geometrically falling frequency (Vaswani et al., 2017; Ho et al., 2020), then two linear layers.
/// </summary>
internal sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    private const double LongestPeriod = 10_000;

    private readonly long sinusoids;
    private readonly bool cosinesFirst;
    private readonly double frequencyShift;

    [ComponentName(Name = "linear_1")]
    private readonly Linear linear1;

    [ComponentName(Name = "linear_2")]
    private readonly Linear linear2;

    /// <param name="sinusoids">How many sines and cosines together: the width of the UNet's first level.</param>
    /// <param name="width">The embedding's width.</param>
    /// <param name="cosinesFirst">diffusers' <c>flip_sin_to_cos</c>.</param>
    /// <param name="frequencyShift">diffusers' <c>freq_shift</c>.</param>
    public TimestepEmbedding(long sinusoids, long width, bool cosinesFirst, double frequencyShift)
        : base(nameof(TimestepEmbedding))
    {
        this.sinusoids = sinusoids;
        this.cosinesFirst = cosinesFirst;
        this.frequencyShift = frequencyShift;
        linear1 = new Linear(sinusoids, width);
        linear2 = new Linear(width, width);
        RegisterComponents();
    }

    /// <param name="input">The sinusoids of the timesteps, [B, sinusoids], from <see cref="Sinusoids"/>.</param>
    /// <returns>[B, width].</returns>
    public override Tensor forward(Tensor input) => Activation.Silu.ApplyInPlace(linear1.forward(input)).Into(linear2);

    /// <summary>[B, sinusoids] in float32 for timesteps [B] of any type.</summary>
    public Tensor Sinusoids(Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var half = sinusoids / 2;
        var exponents = arange(half, ScalarType.Float32, timesteps.device) * (-Math.Log(LongestPeriod) / (half - frequencyShift));
        var angles = timesteps.to(ScalarType.Float32).unsqueeze(1) * exponents.exp_().unsqueeze(0);
        var (sines, cosines) = (angles.sin(), angles.cos());
        return (cosinesFirst ? cat([cosines, sines], 1) : cat([sines, cosines], 1)).MoveToOuterDisposeScope();
    }
}
