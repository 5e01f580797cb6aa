using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Two convolutions around a shortcut, told the time in between: diffusers' ResnetBlock2D.</summary>
internal sealed class ResnetBlock : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "norm1")]
    private readonly GroupNorm norm1;

    [ComponentName(Name = "conv1")]
    private readonly Conv2d conv1;

    [ComponentName(Name = "time_emb_proj")]
    private readonly Linear? timeProjection;

    [ComponentName(Name = "norm2")]
    private readonly GroupNorm norm2;

    [ComponentName(Name = "conv2")]
    private readonly Conv2d conv2;

    [ComponentName(Name = "conv_shortcut")]
    private readonly Conv2d? shortcut;

    public ResnetBlock(long inputs, long outputs, ResnetConfig config)
        : base(nameof(ResnetBlock))
    {
        norm1 = new GroupNorm(config.Groups, inputs, config.Epsilon);
        conv1 = Conv2d.Same3x3(inputs, outputs);
        timeProjection = config.TimeWidth is { } width ? new Linear(width, outputs) : null;
        norm2 = new GroupNorm(config.Groups, outputs, config.Epsilon);
        conv2 = Conv2d.Same3x3(outputs, outputs);
        shortcut = inputs == outputs ? null : new Conv2d(inputs, outputs, kernel: 1);
        RegisterComponents();
    }

    /// <param name="input">[B, inputs, H, W].</param>
    /// <param name="activatedTime">
    /// SiLU of the time embedding, [B, width]: the same for all blocks of a model, hence activated once. Null in a VAE.
    /// </param>
    /// <returns>[B, outputs, H, W].</returns>
    public override Tensor forward(Tensor input, Tensor? activatedTime)
    {
        var hidden = norm1.Activated(input).Into(conv1);
        if (timeProjection is not null && activatedTime is not null)
        {
            using var time = timeProjection.forward(activatedTime);
            using var everywhere = time.unsqueeze(2).unsqueeze(3);
            hidden.Plus(everywhere);
        }

        var output = hidden.Into(map => norm2.Activated(map)).Into(conv2);
        if (shortcut is null)
        {
            return output.Plus(input);
        }

        using var projected = shortcut.forward(input);
        return output.Plus(projected);
    }

    /// <summary>The same in a VAE, strip by strip.</summary>
    /// <param name="input">[1, inputs, H, W].</param>
    /// <param name="strips">How.</param>
    /// <returns>[1, outputs, H, W].</returns>
    public Tensor Forward(Rows input, Strips strips)
    {
        strips.GiveMemoryBack();
        var output = strips.Convolve(input, norm1.MeasureActivated(input, strips), conv1);
        var activated = norm2.MeasureActivated(Rows.Of(output), strips);
        strips.ConvolveInPlace(output, activated, conv2, Shortcut);
        return output;

        Tensor Shortcut(long first, long count) =>
            shortcut is null ? input.Read(first, count) : shortcut.forward(input.Read(first, count));
    }
}

/// <summary>What the residual blocks of one model have in common.</summary>
/// <param name="Groups">Groups of the normalisations.</param>
/// <param name="Epsilon">Their epsilon.</param>
/// <param name="TimeWidth">The width of the time embedding, or null where there is none.</param>
internal sealed record ResnetConfig(long Groups, double Epsilon, long? TimeWidth = null);
