using DiffusionX.Models;
using DiffusionX.Models.Layers;
using DiffusionX.Scenes.Vocabularies;
using DiffusionX.Tokenizers;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns CLIP: to tell which caption of a batch belongs to which picture, and the other way round (Radford et al., 2021). Its text encoder is
/// the one of both UNets. A linear layer that is thrown away afterwards asks both encoders for the colour of each kind of thing, which teaches them
/// in minutes what contrast alone would take hours for.
/// </summary>
public sealed class ClipStage : TrainingStage
{
    private const int CaptionsForVocabulary = 20_000;
    private const double NamingWeight = 2;

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
    public override TrainingPlan Plan => new() { Steps = 1600, BatchSize = 64, LearningRate = 1e-3, WeightDecay = 0.05 };

    /// <inheritdoc/>
    public override string Note => scenes?.Rates ?? "";

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        scenes ??= new SceneProducer(SceneSplit.Training, first: step * batchSize);
        var batch = scenes.Take(batchSize);
        var texts = clip.Text.Project(SceneBatch.ShortPrompts(batch, tokenizer, device));
        var pictures = clip.Vision.Project(SceneBatch.PixelValues(batch, device));
        var similarities = clip.Similarities(texts, pictures);
        var matches = arange(batchSize, ScalarType.Int64, device);
        var contrast = (nn.functional.cross_entropy(similarities, matches) + nn.functional.cross_entropy(similarities.t(), matches)) / 2;
        var states = SceneLabels.StatesOfKinds([.. batch.Select(picture => picture.Scene)], device).flatten();
        var naming = Naming(texts, states) + Naming(pictures, states);
        return (contrast + (NamingWeight * naming)).MoveToOuterDisposeScope();
    }

    private Tensor Naming(Tensor embeddings, Tensor states) =>
        nn.functional.cross_entropy(clip.StatesOfKinds(embeddings).view(-1, SceneLabels.States), states);

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
