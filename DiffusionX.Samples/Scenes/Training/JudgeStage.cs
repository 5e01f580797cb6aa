using DiffusionX.Models.Common;
using DiffusionX.Scenes.Judging;
using DiffusionX.Scenes.Streams;
using DiffusionX.Training;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the judge: to name the things, colours, backdrop and time of drawings, which are blurred, smudged and tinted so that it judges
/// shapes and not the pen. Half of them show combinations that are held out of the other stages: the judge has to know all.
/// </summary>
internal sealed class JudgeStage : TrainingStage
{
    private const double MostNoise = 0.15;
    private const double MostTint = 0.05;
    private const int MostSoftening = 4;

    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly JudgeNetwork judge;
    private SceneProducer? common;
    private SceneProducer? heldOut;

    /// <param name="weights">Where the judge goes.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public JudgeStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        this.device = device;
        judge = new JudgeNetwork();
        WeightInitialization.Draw(judge, seed);
        judge.to(device);
    }

    /// <inheritdoc/>
    public override string Name => "judge";

    /// <inheritdoc/>
    public override nn.Module Learner => judge;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 1500, BatchSize = 64, LearningRate = 2e-3, WeightDecay = 0.02 };

    /// <inheritdoc/>
    public override string Note => common?.Rates ?? "";

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        common ??= new SceneProducer(SceneSplit.Training, first: step * batchSize);
        heldOut ??= new SceneProducer(SceneSplit.HeldOut, first: step * batchSize);
        var half = Math.Max(batchSize / 2, 1);

        // One by one, so that whatever is done to a part of the batch is done to both sorts.
        ScenePicture[] batch = [.. common.Take(half).Zip(heldOut.Take(half)).SelectMany(pair => new[] { pair.First, pair.Second })];
        var shown = batch.Select(picture => picture.Scene).ToArray();
        var map = judge.See(Spoiled(SceneBatch.Images(batch, device)));
        var features = JudgeNetwork.Features(map);
        var pairs = CrossEntropy(judge.Pairs(map), SceneLabels.Pairs(shown, device)) * SceneLabels.Kinds;
        var backdrops = F.cross_entropy(judge.Backdrops(features), SceneLabels.BackdropsOf(shown, device));
        var times = F.cross_entropy(judge.Times(features), SceneLabels.TimesOf(shown, device));
        return (pairs + (0.1 * (backdrops + times))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot) => LossCurve.Save(snapshot);

    /// <inheritdoc/>
    public override void Export() => weights.SaveJudge(judge);

    /// <inheritdoc/>
    public override void StartFromExport() => weights.FillJudge(judge);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        common?.Dispose();
        heldOut?.Dispose();
        judge.Dispose();
        base.Dispose(disposing);
    }

    private static Tensor CrossEntropy(Tensor logProbabilities, Tensor labels)
    {
        // A probability of 1 has no logarithm of its complement.
        const double LargestLogarithm = -1e-5;
        var certain = logProbabilities.clamp_max(LargestLogarithm);
        return -((labels * certain) + ((1 - labels) * (-certain.exp()).log1p())).mean();
    }

    // Pictures that a VAE decodes are soft, smudged and a little off in colour.
    private static Tensor Spoiled(Tensor images)
    {
        using var scope = NewDisposeScope();
        var softened = cat([.. images.chunk(MostSoftening, 0).Select((part, i) => Softened(part, i + 1))], 0);
        var spoiled = images + (Shares(images) * (softened - images));
        foreach (var grain in (int[])[1, 4, 8])
        {
            spoiled += Shares(images) * MostNoise * Noise(images, grain);
        }

        var tints = 1 + (MostTint * randn(images.shape[0], images.shape[1], 1, 1, device: images.device));
        return (spoiled * tints).MoveToOuterDisposeScope();
    }

    private static Tensor Softened(Tensor images, int factor)
    {
        if (factor == 1)
        {
            return F.avg_pool2d(images, 3, stride: 1, padding: 1, count_include_pad: false);
        }

        using var small = F.avg_pool2d(images, factor);
        return Enlarged(small, images);
    }

    private static Tensor Enlarged(Tensor small, Tensor like) =>
        F.interpolate(small, [like.shape[2], like.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);

    private static Tensor Shares(Tensor images) => rand(images.shape[0], 1, 1, 1, device: images.device);

    // Noise whose grains are that many pixels wide.
    private static Tensor Noise(Tensor images, int grain)
    {
        var coarse = randn(images.shape[0], images.shape[1], images.shape[2] / grain, images.shape[3] / grain, device: images.device);
        return grain == 1 ? coarse : Enlarged(coarse, images);
    }
}
