using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Models.Clip;
using DiffusionX.Tokenizers;

namespace DiffusionX.Strength;

/// <summary>
/// How well a draft fits its prompt already, as CLIP sees it: one number. A draft that shows what was asked for is to be kept, one that
/// does not is to be drawn over; what either of them is about says nothing of it, and of a few hundred drafts a head would learn that by
/// heart (docs/TRAINING.md).
/// </summary>
public sealed class ClipScoreFeature : IDraftFeatures
{
    private readonly ClipModel clip;

    private ClipScoreFeature(ClipModel clip) => this.clip = clip;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Fingerprints => clip.Fingerprints;

    /// <summary>Loads CLIP, to be disposed by the caller.</summary>
    /// <param name="clipFolder">A CLIP as <see cref="ClipModel.Load"/> takes it.</param>
    /// <exception cref="ModelConfigException">A config is missing, or not supported.</exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or do not fit their config.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public static ClipScoreFeature Load(string clipFolder) => new(ClipModel.Load(clipFolder));

    /// <inheritdoc/>
    /// <returns>One number: the cosine of both in CLIP's space.</returns>
    public float[] Of(string prompt, Picture draft)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(draft);
        return [(float)clip.Cosine(draft, prompt)];
    }

    /// <inheritdoc/>
    public void Dispose() => clip.Dispose();
}
