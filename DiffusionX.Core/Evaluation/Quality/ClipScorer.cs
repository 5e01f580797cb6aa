using System.Text.Json;
using DiffusionX.Checkpoints;
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
    private const string Weights = "model";
    private const string TextFolder = "text_encoder";
    private const string ImageFolder = "image_encoder";
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
    /// <exception cref="CheckpointException">Weights are missing, damaged, or hold something else.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public static ClipScorer Load(string folder, string name, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var target = ComputeDevice.Open(device);
        using var placement = ParameterPlacement.On(target, ScalarType.Float32);
        var isWhole = File.Exists(Path.Combine(folder, "config.json"));
        string Part(string part) => isWhole ? folder : Path.Combine(folder, part);
        var text = LoadPart(Part(TextFolder), (json, source) => new ClipTextModel(WithProjection(ClipTextConfig.FromJson(json, source), source)), CheckpointKeys.ClipText);
        var vision = LoadPart(Part(ImageFolder), (json, source) => new ClipVisionModel(ClipVisionConfig.FromJson(json, source)), CheckpointKeys.ClipVision);
        return new ClipScorer(name, ClipTokenizer.Load(Part(TokenizerFolder)), text, vision, target);
    }

    /// <inheritdoc/>
    public Tensor Score(IReadOnlyList<Picture> pictures, IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(prompts);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var pixels = cat([.. pictures.Select(picture => ClipPreprocessing.ToPixelValues(picture, vision.Config.ImageSize))], 0).to(device);
        var ids = stack(prompts.Select(prompt => tensor(tokenizer.EncodePadded(prompt), ScalarType.Int64))).to(device);
        return ClipScore.Cosines(vision.Project(pixels), text.Project(ids)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        text.Dispose();
        vision.Dispose();
    }

    private static ClipTextConfig WithProjection(ClipTextConfig config, string source) => config.ProjectionDim is not null
        ? config
        : throw new ModelConfigException($"{source} is of a text encoder without a projection into the space of pictures; a CLIP score takes a whole CLIP.");

    private static T LoadPart<T>(string folder, Func<JsonElement, string, T> build, CheckpointKeys keys)
        where T : nn.Module
    {
        var (json, source) = ModelFolder.ReadConfig(folder);
        var module = build(json, source);
        using var weights = CheckpointFiles.Open(folder, Weights);
        WeightLoader.Load(module, weights, keys);
        return module;
    }
}
