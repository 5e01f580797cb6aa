using DiffusionX.Imaging;
using DiffusionX.Pipeline.Latents;

namespace DiffusionX.Sessions.Drafts;

/// <summary>One prompt of a session and what came of it. Rounds are never lost: undone ones stay, and can be gone back to.</summary>
/// <param name="Number">Its place in the order in which the session's rounds were drawn, from 1.</param>
/// <param name="Parent">The round whose latent it started from, or null where it started from noise, or is a picture.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Seed">The seed of its noise.</param>
/// <param name="Strength">How much noise it put on its parent's latent; 1 where it started from noise.</param>
/// <param name="StepsRun">How many steps of the UNet it took.</param>
/// <param name="Duration">How long it took, the strength's prediction and the decoding included.</param>
/// <param name="Latent">What it drew.</param>
public sealed record Round(int Number, int? Parent, string Prompt, long Seed, double Strength, int StepsRun, TimeSpan Duration, Latent Latent)
{
    /// <summary>What of its parent's latent it redrew, in latent positions; null for all of it.</summary>
    public Mask? Mask { get; init; }

    /// <summary>
    /// Whether nothing was drawn: it is a picture that the next round started from, with the session's seed, without a prompt and steps.
    /// </summary>
    public bool IsPicture => Parent is null && StepsRun == 0;
}
