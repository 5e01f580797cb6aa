using DiffusionX.Imaging;
using DiffusionX.Models;
using DiffusionX.Runtime;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>A CLIP that says how well pictures fit a prompt; see <see cref="ClipScore"/>.</summary>
public sealed class ClipScorer : IDisposable
{
    private readonly ClipTokenizer tokenizer;
    private readonly ClipTextModel text;
    private readonly ClipVisionModel vision;

    private ClipScorer(ClipTokenizer tokenizer, ClipTextModel text, ClipVisionModel vision)
    {
        this.tokenizer = tokenizer;
        this.text = text;
        this.vision = vision;
    }

    /// <summary>Loads a CLIP, to be disposed by the caller.</summary>
    /// <param name="folder">A whole CLIP in transformers' layout, or one with the parts <c>text_encoder/</c>, <c>image_encoder/</c> and <c>tokenizer/</c>.</param>
    /// <exception cref="ModelConfigException">A config is missing, or not supported.</exception>
    /// <exception cref="Checkpoints.CheckpointException">Weights are missing, damaged, or do not fit their config.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public static ClipScorer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        TorchRuntime.EnsureLoaded();
        var tokenizer = ClipTokenizer.Load(TransformersFolders.Within(folder, "tokenizer"));
        var text = TransformersFolders.LoadClipText(folder);
        return new ClipScorer(tokenizer, text, TransformersFolders.LoadClipVision(folder));
    }

    /// <summary>The cosine of each picture with one prompt.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="prompt">What they should show.</param>
    /// <returns>From -1 to 1, in the order of the pictures.</returns>
    public IReadOnlyList<double> Score(IReadOnlyList<Picture> pictures, string prompt)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(prompt);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var images = vision.Project(cat([.. pictures.Select(picture => ClipPreprocessing.ToPixelValues(picture, vision.Config.ImageSize))], 0));
        var wanted = text.Project(tensor(tokenizer.EncodePadded(prompt)).unsqueeze(0)).expand(images.shape[0], -1);
        return ClipScore.Cosines(images, wanted).data<double>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        text.Dispose();
        vision.Dispose();
    }
}
