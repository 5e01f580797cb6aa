using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using DiffusionX.Tokenizers;
using DiffusionX.Training;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns CLIP: to tell which caption of a batch belongs to which picture, and the other way round (Radford et al., 2021), with the text
/// encoder of the UNets as it is. A linear layer that is thrown away afterwards asks pictures and texts for the colour of each kind of
/// thing, which teaches in minutes what contrast alone would take hours for.
/// </summary>
internal sealed class ClipStage : TrainingStage
{
    private const double NamingWeight = 2;
    private const string TextProjection = "text_projection.weight";

    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly ClipTokenizer tokenizer;
    private readonly ClipTextModel text;
    private readonly ClipPair clip;
    private SceneProducer? scenes;

    /// <param name="weights">Where the text encoder is, and CLIP goes.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public ClipStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        this.device = device;
        tokenizer = weights.LoadTokenizer();
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        text = weights.LoadTextEncoder();
        clip = new ClipPair(ScenesModels.ImageEncoder, text.Config.HiddenSize);
        clip.to(device);
        WeightInitialization.Draw(clip, seed);
        clip.ResetScale();
    }

    /// <inheritdoc/>
    public override string Name => "clip";

    /// <inheritdoc/>
    public override nn.Module Learner => clip;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 1200, BatchSize = 64, LearningRate = 1e-3, WeightDecay = 0.05, AverageDecay = 0.995 };

    /// <inheritdoc/>
    public override string Note => scenes?.Rates ?? "";

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        scenes ??= new SceneProducer(SceneSplit.Training, first: step * batchSize);
        var batch = scenes.Take(batchSize);
        var texts = clip.Project(Read([.. batch.Select(picture => picture.Caption)]));
        var pictures = clip.Vision.Project(SceneBatch.PixelValues(batch, device));
        var similarities = clip.Similarities(texts, pictures);
        var matches = arange(batchSize, ScalarType.Int64, device);
        var contrast = (F.cross_entropy(similarities, matches) + F.cross_entropy(similarities.t(), matches)) / 2;
        var states = SceneLabels.StatesOfKinds([.. batch.Select(picture => picture.Scene)], device).flatten();
        return (contrast + (NamingWeight * (Naming(texts, states) + Naming(pictures, states)))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot) => LossCurve.Save(snapshot);

    /// <inheritdoc/>
    /// <remarks>The temperature and the question begin anew: they are thrown away, so no folder has them.</remarks>
    public override void StartFromExport()
    {
        using var noGradient = no_grad();
        using var whole = weights.LoadClipText();
        clip.Projection.copy_(whole.state_dict()[TextProjection]);
        weights.FillClipVision(clip.Vision);
    }

    /// <inheritdoc/>
    public override void Export()
    {
        using var whole = new ClipTextModel(text.Config with { ProjectionDim = ScenesModels.SharedWidth });
        var parts = whole.state_dict();
        foreach (var (name, tensor) in text.state_dict())
        {
            parts[name].copy_(tensor);
        }

        parts[TextProjection].copy_(clip.Projection);
        weights.SaveClip(whole, clip.Vision);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        scenes?.Dispose();
        text.Dispose();
        clip.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Read(string[] captions)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var prompts = SceneBatch.ShortPrompts(captions, tokenizer, device);
        return text.Pool(prompts, text.LastHiddenState(prompts)).MoveToOuterDisposeScope();
    }

    private Tensor Naming(Tensor embeddings, Tensor states) => F.cross_entropy(clip.StatesOfKinds(embeddings).view(-1, SceneLabels.States), states);
}
