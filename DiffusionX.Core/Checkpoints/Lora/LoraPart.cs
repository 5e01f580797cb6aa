using static TorchSharp.torch;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>A part of a model that LoRAs can change.</summary>
/// <param name="Name"><see cref="UNet"/>, <see cref="TextEncoder"/> or <see cref="TextEncoder2"/>.</param>
/// <param name="Module">The part itself.</param>
/// <param name="Weights">Where its own weights are, which every change starts from.</param>
/// <param name="Keys">How their names are read.</param>
internal sealed record LoraPart(string Name, nn.Module Module, IWeightSource Weights, CheckpointKeys Keys)
{
    /// <summary>The UNet.</summary>
    public const string UNet = "unet";

    /// <summary>The text encoder, or the first of two.</summary>
    public const string TextEncoder = "text_encoder";

    /// <summary>The second text encoder.</summary>
    public const string TextEncoder2 = "text_encoder_2";

    /// <summary>The names and shapes of the part's parameters.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Parameters =>
        Module.state_dict().ToDictionary(pair => pair.Key, pair => (IReadOnlyList<long>)pair.Value.shape, StringComparer.Ordinal);
}
