using DiffusionX.Models.Common;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Streams;
using DiffusionX.Scenes.Vocabularies;
using DiffusionX.Tokenizers;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the text encoder of both UNets: to know, at the end of a caption, which things the scene has, of which colours and sizes and
/// where, before which backdrop and when. CLIP's contrast comes later and leaves it as it is (Zhai et al., "LiT: Zero-Shot Transfer with
/// Locked-image text Tuning", 2022, with the text's side locked), so that the UNets need not wait for it.
/// </summary>
internal sealed class TextStage : TrainingStage
{
    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly ClipTokenizer tokenizer;
    private readonly SceneReader reader;

    /// <param name="weights">Where the text encoder and its vocabulary go.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public TextStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        this.device = device;
        if (!weights.HasVocabulary)
        {
            weights.SaveVocabulary(BytePairVocabulary.Learn(TrainingCaptions.All));
        }

        tokenizer = weights.LoadTokenizer();
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        reader = new SceneReader(ScenesModels.TextEncoder(tokenizer.VocabularySize));
        WeightInitialization.Draw(reader, seed);
    }

    /// <inheritdoc/>
    public override string Name => "text";

    /// <inheritdoc/>
    public override nn.Module Learner => reader;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 2000, BatchSize = 64, LearningRate = 1e-3, AverageDecay = 0.995 };

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        int[] numbers = [.. Enumerable.Range(step * batchSize, batchSize)];
        Scene[] scenes = [.. numbers.Select(number => SceneStream.SceneAt(SceneSplit.Training, number))];
        string[] captions = [.. numbers.Select((number, i) => CaptionWriter.Write(scenes[i], words: number))];
        return reader.Loss(SceneBatch.ShortPrompts(captions, tokenizer, device), scenes).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot) => LossCurve.Save(snapshot);

    /// <inheritdoc/>
    public override void Export() => weights.SaveTextEncoder(reader.Encoder);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        reader.Dispose();
        base.Dispose(disposing);
    }
}
