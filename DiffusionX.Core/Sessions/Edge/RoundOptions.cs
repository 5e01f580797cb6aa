using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Transport;

namespace DiffusionX.Sessions.Edge;

/// <summary>What one round does otherwise than the session's others. Checked before it draws.</summary>
public sealed record RoundOptions
{
    /// <summary>
    /// The picture to start from, in place of <see cref="EdgeSession.Current"/>. It becomes a round of its own, without a prompt and
    /// without a parent, so that undoing leads back to it. It is scaled to the session's size, or else to one that the model draws
    /// (<see cref="PictureFit"/>).
    /// </summary>
    public Picture? InitImage { get; init; }

    /// <summary>
    /// The region to redraw, of any size: it is scaled to the picture. Null redraws all. The latent outside of it stays bit for bit what it
    /// was, unless the edge's UNet was made for inpainting and draws it again as it saw it. The round keeps the mask, and is refined in
    /// that region alone (<see cref="RefinementOptions.KeepsOutsideMask"/>).
    /// </summary>
    public Mask? Mask { get; init; }

    /// <summary>
    /// How much noise to put on the start, from 0 to 1. Null leaves it to <see cref="EdgeSessionOptions.Strength"/>, with a mask to <see
    /// cref="EdgeSessionOptions.MaskedStrength"/>, and from a picture, which no prompt tells of, to <see
    /// cref="GenerationRequest.Strength"/>'s own value. A first round without a picture draws from noise whatever it is.
    /// </summary>
    public double? Strength { get; init; }

    /// <summary>The seed of its noise; null for the session's.</summary>
    public long? Seed { get; init; }

    /// <summary>The LoRAs that it draws with, in place of the model's own; null for those. Its refinement has those of its own options.</summary>
    public IReadOnlyList<LoraSelection>? Loras { get; init; }

    /// <exception cref="SessionException">An option is out of range; the message names it.</exception>
    internal void Validate() => new OptionChecker(message => new SessionException(message)).Within(Strength ?? 0, 0, 1, nameof(Strength));
}
