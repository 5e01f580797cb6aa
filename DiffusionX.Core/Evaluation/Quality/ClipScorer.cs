using DiffusionX.Generation;
using DiffusionX.Imaging;
using DiffusionX.Models;
using DiffusionX.Models.Layers;
using DiffusionX.Runtime;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>The cosine between a picture and its prompt in CLIP's space; see <see cref="ClipScore"/>.</summary>
public sealed class ClipScorer : IPromptScorer
{
    private const string TokenizerFolder = "tokenizer";

    private readonly ClipTokenizer tokenizer;
    private readonly ClipTextModel text;
    private readonly ClipVisionModel vision;
    private readonly Device device;

    private ClipScorer(string name, ClipTokenizer tokenizer, ClipTextModel text, ClipVisionModel vision, Device device)
    {
        Name = name;
        this.tokenizer = tokenizer;
        this.text = text;
        this.vision = vision;
        this.device = device;
    }

    /// <summary>What identifies both halves; read off their weights each time.</summary>
    internal IReadOnlyDictionary<string, string> Fingerprints =>
        new Dictionary<string, string> { ["clip_text_encoder"] = WeightFingerprint.Of(text), ["image_encoder"] = WeightFingerprint.Of(vision) };

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Resize => $"bicubic to {vision.Config.ImageSize}×{vision.Config.ImageSize}, centre crop";

    /// <summary>Loads a CLIP.</summary>
    /// <param name="folder">
    /// A CLIPModel as transformers saves it, in one folder with its tokenizer; or a folder with <c>text_encoder</c>, <c>image_encoder</c> and <c>tokenizer</c>.
    /// </param>
    /// <param name="name">What to call it beside its figures.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> …</param>
    /// <exception cref="ModelConfigException">A config is missing or asks for what is not built here, or there is no projection.</exception>
    /// <exception cref="Checkpoints.CheckpointException">Weights are missing, damaged, or hold something else.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public static ClipScorer Load(string folder, string name, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var target = ComputeDevice.Open(device);
        using var placement = ParameterPlacement.On(target, ScalarType.Float32);
        var text = TransformersFolders.LoadClipText(folder);
        var vision = TransformersFolders.LoadClipVision(folder);
        return new ClipScorer(name, ClipTokenizer.Load(TransformersFolders.Within(folder, TokenizerFolder)), text, vision, target);
    }

    /// <inheritdoc/>
    public Tensor Score(IReadOnlyList<Picture> pictures, IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(prompts);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        return ClipScore.Cosines(Embed(pictures), Embed(prompts)).MoveToOuterDisposeScope();
    }

    /// <summary>Pictures in the space that CLIP's two halves share; not normalised.</summary>
    /// <param name="pictures">The pictures, of any size.</param>
    /// <returns>[N, D] on the scorer's device.</returns>
    public Tensor Embed(IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var pixels = cat([.. pictures.Select(picture => ClipPreprocessing.ToPixelValues(picture, vision.Config.ImageSize))], 0).to(device);
        return vision.Project(pixels).MoveToOuterDisposeScope();
    }

    /// <summary>Prompts in the space that CLIP's two halves share; not normalised.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <returns>[N, D] on the scorer's device.</returns>
    public Tensor Embed(IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var ids = stack(prompts.Select(prompt => tensor(tokenizer.EncodePadded(prompt), ScalarType.Int64))).to(device);
        return text.Project(ids).MoveToOuterDisposeScope();
    }

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
    public void Dispose()
    {
        text.Dispose();
        vision.Dispose();
    }
}
