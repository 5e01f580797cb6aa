using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Models.Bert;
using DiffusionX.Models.Clip;
using DiffusionX.Runtime;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Strength;

/// <summary>
/// What the paper gives the cloud's head: BERT's embedding of the final prompt and that of CLIP's image encoder of the draft.
/// </summary>
public sealed class BertClipFeatures : IDraftFeatures
{
    /// <summary>BERT's name in a head's config.</summary>
    public const string Bert = "bert";

    private readonly BertTokenizer tokenizer;
    private readonly BertModel bert;
    private readonly ClipVisionModel vision;

    private BertClipFeatures(BertTokenizer tokenizer, BertModel bert, ClipVisionModel vision)
    {
        this.tokenizer = tokenizer;
        this.bert = bert;
        this.vision = vision;
        Fingerprints = new Dictionary<string, string> { [Bert] = WeightFingerprint.Of(bert), ["image_encoder"] = WeightFingerprint.Of(vision) };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Fingerprints { get; }

    /// <summary>Loads both, to be disposed by the caller.</summary>
    /// <param name="bertFolder">BERT in transformers' layout, with its vocabulary.</param>
    /// <param name="clipFolder">A whole CLIP, or one with the part <c>image_encoder/</c>.</param>
    /// <exception cref="ModelConfigException">A config is missing, or not supported.</exception>
    /// <exception cref="Checkpoints.CheckpointException">Weights are missing, damaged, or do not fit their config.</exception>
    /// <exception cref="TokenizerException">The vocabulary is missing or damaged.</exception>
    public static BertClipFeatures Load(string bertFolder, string clipFolder)
    {
        ArgumentNullException.ThrowIfNull(bertFolder);
        ArgumentNullException.ThrowIfNull(clipFolder);
        TorchRuntime.EnsureLoaded();
        var tokenizer = BertTokenizer.Load(bertFolder);
        var bert = BertModel.Load(bertFolder);
        return new BertClipFeatures(tokenizer, bert, ClipVisionModel.Load(clipFolder));
    }

    /// <inheritdoc/>
    /// <returns>[BERT(prompt) ; CLIP-image(draft)]: BERT's width and CLIP's projected width, together.</returns>
    public float[] Of(string prompt, Picture draft)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(draft);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        return cat([Read(prompt), vision.Project(ClipPreprocessing.ToPixelValues(draft, vision.Config.ImageSize))], 1).data<float>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        bert.Dispose();
        vision.Dispose();
    }

    private Tensor Read(string prompt)
    {
        var ids = tokenizer.Encode(prompt).Take(bert.Config.MaxPositions).Select(id => (long)id).ToArray();
        var batch = tensor(ids).unsqueeze(0);
        return bert.Pool(bert.LastHiddenState(batch, ones_like(batch)));
    }
}
