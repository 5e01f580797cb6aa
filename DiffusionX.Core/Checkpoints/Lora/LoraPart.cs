using static TorchSharp.torch;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>A part of a model that LoRAs can change.</summary>
/// <param name="Name">The UNet's or a text encoder's name, one of <see cref="ModelComponent"/>.</param>
/// <param name="Module">The part itself.</param>
/// <param name="Weights">Where its own weights are, which every change starts from.</param>
/// <param name="Keys">How their names are read.</param>
internal sealed record LoraPart(string Name, nn.Module Module, IWeightSource Weights, CheckpointKeys Keys)
{
    /// <summary>The names and shapes of the part's parameters.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Parameters =>
        Module.state_dict().ToDictionary(pair => pair.Key, pair => (IReadOnlyList<long>)pair.Value.shape, StringComparer.Ordinal);
}
