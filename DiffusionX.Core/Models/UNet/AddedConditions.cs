using static TorchSharp.torch;

namespace DiffusionX.Models.UNet;

/// <summary>
/// What a UNet is told besides the text that it attends to (diffusers' <c>added_cond_kwargs</c> and <c>timestep_cond</c>). It is added to
/// the time embedding.
/// </summary>
internal sealed record AddedConditions
{
    /// <summary>The pooled text of Stable Diffusion XL, [B, P]: the second text encoder's projection.</summary>
    public Tensor? TextEmbeddings { get; init; }

    /// <summary>Sizes in pixels for Stable Diffusion XL, [B, 6]: original height, width, crop top, left, target height, width.</summary>
    public Tensor? TimeIds { get; init; }

    /// <summary>
    /// The scale of the guidance that a distilled model imitates (Luo et al., "Latent Consistency Models", 2023); null for none.
    /// </summary>
    public double? GuidanceScale { get; init; }
}
