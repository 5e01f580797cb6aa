using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Models.Clip;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>The cosine between a picture and its prompt in CLIP's space; see <see cref="ClipScore"/>.</summary>
internal sealed class ClipScorer : IPromptScorer
{
    private readonly ClipModel clip;

    private ClipScorer(string name, ClipModel clip)
    {
        Name = name;
        this.clip = clip;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Resize => $"bicubic to {clip.ImageSize}×{clip.ImageSize}, centre crop";

    /// <summary>Loads a CLIP.</summary>
    /// <param name="folder">A CLIP as <see cref="ClipModel.Load"/> takes it.</param>
    /// <param name="name">What to call it beside its figures.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> …</param>
    /// <exception cref="ModelConfigException">A config is missing or asks for what is not built here, or there is no
    /// projection.</exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or hold something else.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public static ClipScorer Load(string folder, string name, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ClipScorer(name, ClipModel.Load(folder, device));
    }

    /// <inheritdoc/>
    public Tensor Score(IReadOnlyList<Picture> pictures, IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(prompts);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        return ClipScore.Cosines(clip.Embed(pictures), clip.Embed(prompts)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="ClipModel.Embed(IReadOnlyList{Picture})"/>
    public Tensor Embed(IReadOnlyList<Picture> pictures) => clip.Embed(pictures);

    /// <inheritdoc cref="ClipModel.Embed(IReadOnlyList{string})"/>
    public Tensor Embed(IReadOnlyList<string> prompts) => clip.Embed(prompts);

    /// <summary>The cosine of each picture with one prompt.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="prompt">What they should show.</param>
    /// <returns>From -1 to 1, in the order of the pictures.</returns>
    public IReadOnlyList<double> Score(IReadOnlyList<Picture> pictures, string prompt)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(prompt);
        using var cosines = Score(pictures, [.. Enumerable.Repeat(prompt, pictures.Count)]);
        return cosines.data<double>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => clip.Dispose();
}
