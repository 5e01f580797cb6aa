using DiffusionX.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>The non-linearities of the models here, under the names that their config files give them.</summary>
internal enum Activation
{
    /// <summary>x·σ(x), also called swish.</summary>
    Silu,

    /// <summary>x·Φ(x), exact (erf).</summary>
    Gelu,

    /// <summary>x·σ(1.702·x), the approximation that OpenAI's CLIP was trained with.</summary>
    QuickGelu,

    /// <summary>max(x, 0).</summary>
    Relu,
}

/// <summary>Applies an <see cref="Activation"/>.</summary>
internal static class ActivationFunction
{
    private static readonly Dictionary<string, Activation> Names = new()
    {
        ["silu"] = Activation.Silu,
        ["swish"] = Activation.Silu,
        ["gelu"] = Activation.Gelu,
        ["quick_gelu"] = Activation.QuickGelu,
        ["relu"] = Activation.Relu,
    };

    /// <summary>Reads the name of an activation from a config.</summary>
    public static Activation ReadActivation(this ConfigReader settings, string name, Activation fallback) =>
        settings.OneOf<Activation>(name, Names, fallback);

    /// <summary>The activation of <paramref name="input"/>, written over it: the tensor itself is returned.</summary>
    public static Tensor ApplyInPlace(this Activation activation, Tensor input) => activation switch
    {
        Activation.Silu => input.silu_(),
        Activation.Gelu => input.gelu_(),
        Activation.QuickGelu => QuickGelu(input),
        Activation.Relu => input.relu_(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Not an activation."),
    };

    private static Tensor QuickGelu(Tensor input)
    {
        using var gate = (input * 1.702).sigmoid_();
        return input.mul_(gate);
    }
}
