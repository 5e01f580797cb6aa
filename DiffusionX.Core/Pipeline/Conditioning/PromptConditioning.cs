using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Conditioning;

/// <summary>What a prompt is to a UNet, on the model's device in float32.</summary>
/// <param name="Context">
/// What its layers attend to, [1, L, D]: the text encoder's hidden states, or those of both encoders side by side.
/// </param>
/// <param name="Pooled">One vector for the whole prompt, [1, P]; needed by UNets that add it to the time embedding.</param>
internal sealed record PromptConditioning(Tensor Context, Tensor? Pooled = null);
