using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Models.Common;
using DiffusionX.Runtime;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>Both halves of a CLIP, which embed pictures and prompts into one space, with its tokenizer and its preprocessing.</summary>
internal sealed class ClipModel : IDisposable
{
    private const string TokenizerFolder = "tokenizer";

    private readonly ClipTokenizer tokenizer;
    private readonly ClipTextModel text;
    private readonly ClipVisionModel vision;
    private readonly Device device;

    private ClipModel(ClipTokenizer tokenizer, ClipTextModel text, ClipVisionModel vision, Device device)
    {
        this.tokenizer = tokenizer;
        this.text = text;
        this.vision = vision;
        this.device = device;
    }

    /// <summary>The height and width, in pixels, that pictures are brought to.</summary>
    public int ImageSize => vision.Config.ImageSize;

    /// <summary>What identifies both halves; read off their weights each time.</summary>
    internal IReadOnlyDictionary<string, string> Fingerprints =>
        new Dictionary<string, string>
        {
            ["clip_text_encoder"] = WeightFingerprint.Of(text),
            ["image_encoder"] = WeightFingerprint.Of(vision),
        };

    /// <summary>Loads a CLIP.</summary>
    /// <param name="folder">
    /// A CLIPModel as transformers saves it, in one folder with its tokenizer; or a folder with <c>text_encoder</c>, <c>image_encoder</c>
    /// and <c>tokenizer</c>.
    /// </param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> …</param>
    /// <exception cref="ModelConfigException">
    /// A config is missing or asks for what is not built here, or there is no projection.
    /// </exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or hold something else.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public static ClipModel Load(string folder, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(folder);
        var target = ComputeDevice.Open(device);
        using var placement = ParameterPlacement.On(target, ScalarType.Float32);
        var tokenizer = ClipTokenizer.Load(ComponentFolder.Within(folder, TokenizerFolder));
        var text = ClipTextModel.LoadWithProjection(folder);
        try
        {
            return new ClipModel(tokenizer, text, ClipVisionModel.Load(folder), target);
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    /// <summary>Pictures in the space that both halves share; not normalised.</summary>
    /// <param name="pictures">The pictures, of any size.</param>
    /// <returns>[N, D] on the model's device.</returns>
    public Tensor Embed(IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var pixels = cat([.. pictures.Select(picture => ClipPreprocessing.ToPixelValues(picture, ImageSize))], 0).to(device);
        return vision.Project(pixels).MoveToOuterDisposeScope();
    }

    /// <summary>Prompts in the space that both halves share; not normalised.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <returns>[N, D] on the model's device.</returns>
    public Tensor Embed(IReadOnlyList<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var ids = stack(prompts.Select(prompt => tensor(tokenizer.EncodePadded(prompt), ScalarType.Int64))).to(device);
        return text.Project(ids).MoveToOuterDisposeScope();
    }

    /// <summary>The cosine of a picture and a prompt: how well the picture fits.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="prompt">What it should show.</param>
    /// <returns>From -1 to 1.</returns>
    public double Cosine(Picture picture, string prompt)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var (image, words) = (Embed([picture]).to(ScalarType.Float64), Embed([prompt]).to(ScalarType.Float64));
        return nn.functional.cosine_similarity(image, words, dim: 1).item<double>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        text.Dispose();
        vision.Dispose();
    }
}
