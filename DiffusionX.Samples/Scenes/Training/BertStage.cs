using DiffusionX.Models.Bert;
using DiffusionX.Models.Common;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Streams;
using DiffusionX.Scenes.Vocabularies;
using DiffusionX.Tokenizers;
using DiffusionX.Training;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns BERT, the text encoder of the cloud's strength predictor: to name the things of captions and their colours from its pooled
/// output.
/// </summary>
internal sealed class BertStage : TrainingStage
{
    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly BertTokenizer tokenizer;
    private readonly BertLearner learner;

    /// <param name="weights">Where BERT and its vocabulary go.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public BertStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        this.device = device;
        if (!weights.HasWordPieces)
        {
            weights.SaveWordPieces(WordPieceVocabulary.Learn(TrainingCaptions.All));
        }

        tokenizer = weights.LoadBertTokenizer();
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        learner = new BertLearner(ScenesModels.PromptReader(tokenizer.VocabularySize));
        WeightInitialization.Draw(learner, seed);
        learner.to(device);
    }

    /// <inheritdoc/>
    public override string Name => "bert";

    /// <inheritdoc/>
    public override nn.Module Learner => learner;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 1000, BatchSize = 64, LearningRate = 1e-3 };

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        var scenes = Enumerable.Range(step * batchSize, batchSize).Select(i => SceneStream.SceneAt(SceneSplit.Training, i)).ToArray();
        var captions = scenes.Select((scene, i) => CaptionWriter.Write(scene, (step * batchSize) + i)).ToArray();
        var (ids, mask) = SceneBatch.Read(captions, tokenizer, device);
        var states = SceneLabels.StatesOfKinds(scenes, device).flatten();
        return F.cross_entropy(learner.StatesOfKinds(ids, mask).view(-1, SceneLabels.States), states).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot) => LossCurve.Save(snapshot);

    /// <inheritdoc/>
    public override void Export() => weights.SaveBert(learner.Bert);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        learner.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>BERT with the question that it learns from, which is thrown away afterwards.</summary>
    private sealed class BertLearner : nn.Module
    {
        private readonly Linear naming;

        public BertLearner(BertConfig config)
            : base(nameof(BertLearner))
        {
            Bert = new BertModel(config);
            naming = nn.Linear(config.HiddenSize, SceneLabels.Kinds * SceneLabels.States, device: ParameterPlacement.Here);
            register_module("bert", Bert);
            register_module("naming", naming);
        }

        public BertModel Bert { get; }

        public Tensor StatesOfKinds(Tensor ids, Tensor mask)
        {
            using var scope = NewDisposeScope();
            return naming.forward(Bert.Pool(Bert.LastHiddenState(ids, mask))).MoveToOuterDisposeScope();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Bert.Dispose();
                naming.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
