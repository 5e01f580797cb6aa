using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Two linear layers on the sinusoids of a timestep, or of other numbers: diffusers' TimestepEmbedding.</summary>
internal sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear_1")]
    private readonly Linear linear1;

    [ComponentName(Name = "cond_proj")]
    private readonly Linear? conditionProjection;

    [ComponentName(Name = "linear_2")]
    private readonly Linear linear2;

    /// <param name="inputs">The width of the sinusoids.</param>
    /// <param name="width">The embedding's width.</param>
    /// <param name="conditionWidth">The width of a condition that is added to the sinusoids; null for none.</param>
    public TimestepEmbedding(long inputs, long width, long? conditionWidth = null)
        : base(nameof(TimestepEmbedding))
    {
        linear1 = new Linear(inputs, width);
        conditionProjection = conditionWidth is { } condition ? new Linear(condition, inputs, hasBias: false) : null;
        linear2 = new Linear(width, width);
        RegisterComponents();
    }

    /// <param name="input">The sinusoids, [B, inputs], with the projected condition where there is one.</param>
    /// <returns>[B, width].</returns>
    public override Tensor forward(Tensor input) => Activation.Silu.ApplyInPlace(linear1.forward(input)).Into(linear2);

    /// <summary>What a condition [B, conditionWidth] adds to the sinusoids, [B, inputs].</summary>
    public Tensor Project(Tensor condition) =>
        conditionProjection?.forward(condition) ?? throw new InvalidOperationException("This time embedding takes no condition.");
}
