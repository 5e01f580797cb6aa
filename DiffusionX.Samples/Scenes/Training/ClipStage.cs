using DiffusionX.Models;
using DiffusionX.Models.Layers;
using DiffusionX.Scenes.Vocabularies;
using DiffusionX.Tokenizers;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns CLIP: to tell which caption of a batch belongs to which picture, and the other way round (Radford et al., 2021). Its text encoder is
/// the one of both UNets.
/// </summary>
public sealed class ClipStage : TrainingStage
{
    private const int CaptionsForVocabulary = 20_000;

    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly ClipTokenizer tokenizer;
    private readonly ClipPair clip;
    private SceneProducer? scenes;

    /// <param name="weights">Where CLIP and its vocabulary go.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public ClipStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        this.device = device;
        weights.SaveVocabulary(BytePairVocabulary.Learn(
            Enumerable.Range(0, CaptionsForVocabulary).Select(i => SceneStream.CaptionAt(SceneSplit.Training, i))));
        tokenizer = weights.LoadTokenizer();
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        clip = new ClipPair(ScenesModels.TextEncoder(tokenizer.VocabularySize), ScenesModels.ImageEncoder);
        WeightInitialization.Draw(clip, seed);
        clip.ResetScale();
    }

    /// <inheritdoc/>
    public override string Name => "clip";

    /// <inheritdoc/>
    public override nn.Module Learner => clip;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 2500, BatchSize = 64, LearningRate = 1e-3, WeightDecay = 0.05 };

    /// <inheritdoc/>
    public override string Note => scenes?.Rates ?? "";

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        scenes ??= new SceneProducer(SceneSplit.Training, first: step * batchSize);
        var batch = scenes.Take(batchSize);
        var similarities = clip.Similarities(SceneBatch.Prompts(batch, tokenizer, device), SceneBatch.PixelValues(batch, device));
        var matches = arange(batchSize, ScalarType.Int64, device);
        var loss = (nn.functional.cross_entropy(similarities, matches) + nn.functional.cross_entropy(similarities.t(), matches)) / 2;
        return loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot) => LossCurve.Save(snapshot);

    /// <inheritdoc/>
    public override void Export() => weights.SaveClip(clip.Text, clip.Vision);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        scenes?.Dispose();
        clip.Dispose();
        base.Dispose(disposing);
    }
}
