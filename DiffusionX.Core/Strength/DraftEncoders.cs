using DiffusionX.Generation;
using DiffusionX.Imaging;
using DiffusionX.Models;
using DiffusionX.Runtime;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Strength;

/// <summary>The encoders of the cloud's predictor: BERT for the final prompt, CLIP's image encoder for the draft.</summary>
public sealed class DraftEncoders : IDisposable
{
    private readonly BertTokenizer tokenizer;
    private readonly BertModel bert;
    private readonly ClipVisionModel vision;

    private DraftEncoders(BertTokenizer tokenizer, BertModel bert, ClipVisionModel vision)
    {
        this.tokenizer = tokenizer;
        this.bert = bert;
        this.vision = vision;
        Fingerprints = new Dictionary<string, string> { ["bert"] = WeightFingerprint.Of(bert), ["image_encoder"] = WeightFingerprint.Of(vision) };
    }

    /// <summary>What identifies each of them.</summary>
    public IReadOnlyDictionary<string, string> Fingerprints { get; }

    /// <summary>Loads both, to be disposed by the caller.</summary>
    /// <param name="bertFolder">BERT in transformers' layout, with its vocabulary.</param>
    /// <param name="clipFolder">A whole CLIP, or one with the part <c>image_encoder/</c>.</param>
    /// <exception cref="ModelConfigException">A config is missing, or not supported.</exception>
    /// <exception cref="Checkpoints.CheckpointException">Weights are missing, damaged, or do not fit their config.</exception>
    /// <exception cref="TokenizerException">The vocabulary is missing or damaged.</exception>
    public static DraftEncoders Load(string bertFolder, string clipFolder)
    {
        ArgumentNullException.ThrowIfNull(bertFolder);
        ArgumentNullException.ThrowIfNull(clipFolder);
        TorchRuntime.EnsureLoaded();
        var tokenizer = BertTokenizer.Load(bertFolder);
        var bert = TransformersFolders.LoadBert(bertFolder);
        return new DraftEncoders(tokenizer, bert, TransformersFolders.LoadClipVision(clipFolder));
    }

    /// <summary>What the cloud's head is given: [BERT(prompt) ; CLIP-image(draft)].</summary>
    /// <param name="prompt">The final prompt.</param>
    /// <param name="draft">The draft.</param>
    /// <returns>BERT's width and CLIP's projected width, together.</returns>
    public float[] Features(string prompt, Picture draft)
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
