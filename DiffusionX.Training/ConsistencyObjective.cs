using DiffusionX.Models.UNet;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>
/// What a few-step denoiser learns from its teacher: to say the same clean latent from two neighbouring points of one path that the
/// teacher's guided predictions lead along, and so where the path ends (Luo et al., "Latent Consistency Models", 2023, algorithm 1). Points
/// are <see cref="SchedulerConfig.OriginalInferenceSteps"/> timesteps, the path between two of them is a step of DDIM, and the target is the
/// student itself as it is (Song and Dhariwal, "Improved Techniques for Training Consistency Models", 2023, section 3.2), so nothing but its
/// weights has to be kept to go on.
/// </summary>
internal sealed class ConsistencyObjective : IDisposable
{
    // Of the pseudo-Huber distance: below it errors count as squares, so that small ones do not shake the weights.
    private const double HuberWidth = 0.03;

    private readonly PredictionType prediction;
    private readonly Tensor timesteps;
    private readonly Tensor alphas;
    private readonly Tensor sigmas;

    /// <param name="config">The noise, the kind of prediction, and at how many timesteps the student learns.</param>
    /// <param name="device">Where the latents are.</param>
    public ConsistencyObjective(SchedulerConfig config, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        prediction = config.PredictionType;
        var schedule = new NoiseSchedule(config);
        var stride = config.TrainTimesteps / config.OriginalInferenceSteps;
        long[] points = [.. Enumerable.Range(1, config.OriginalInferenceSteps).Select(i => (long)(i * stride) - 1)];
        // The first of the levels is that of the clean latent, to which the lowest point leads.
        NoiseLevel[] levels = [NoiseLevel.Clean, .. points.Select(point => schedule.Level((int)point))];
        timesteps = tensor(points, device: device).DetachFromDisposeScope();
        alphas = OfLevels(levels, level => level.Alpha, device);
        sigmas = OfLevels(levels, level => level.Sigma, device);
    }

    /// <summary>How far apart the student's answers are at both points, a scalar. Points and noise are drawn from torch's global generator,
    /// the points spread evenly over a batch.</summary>
    /// <param name="student">Learns; is told the scale where it takes one.</param>
    /// <param name="teacher">Is asked with the prompts and without.</param>
    /// <param name="batch">What is to be drawn.</param>
    public Tensor Loss(UNet2DConditionModel student, UNet2DConditionModel teacher, ConsistencyBatch batch)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        using var scope = NewDisposeScope();
        var points = SpreadPoints(batch.Clean.shape[0], batch.Clean.device);
        var (alpha, sigma) = LevelsAt(points + 1);
        var noisy = (batch.Clean * alpha) + (randn_like(batch.Clean) * sigma);
        var conditions = new AddedConditions { GuidanceScale = student.Config.GuidanceEmbeddingDim is null ? null : batch.GuidanceScale };
        using var text = student.Attend(batch.Embeddings, conditions);
        var mine = ToClean(student.Forward(noisy, timesteps[points], text), noisy, alpha, sigma);
        var difference = mine - Target(student, teacher, batch, noisy, points, conditions);
        return ((difference.square() + (HuberWidth * HuberWidth)).sqrt() - HuberWidth).mean().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        timesteps.Dispose();
        alphas.Dispose();
        sigmas.Dispose();
    }

    private Tensor Target(
        UNet2DConditionModel student, UNet2DConditionModel teacher, ConsistencyBatch batch, Tensor noisy, Tensor points, AddedConditions conditions)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (alpha, sigma) = LevelsAt(points + 1);
        var output = Guided(teacher, batch, noisy, timesteps[points]);
        var clean = ToClean(output, noisy, alpha, sigma);
        var noise = (noisy - (clean * alpha)) / sigma;
        var (nextAlpha, nextSigma) = LevelsAt(points);
        var next = (clean * nextAlpha) + (noise * nextSigma);
        using var text = student.Attend(batch.Embeddings, conditions);
        var answer = ToClean(student.Forward(next, timesteps[(points - 1).clamp_min(0)], text), next, nextAlpha, nextSigma);
        var isLast = points.eq(0).view(-1, 1, 1, 1);
        return where(isLast, clean, answer).MoveToOuterDisposeScope();
    }

    private static Tensor Guided(UNet2DConditionModel teacher, ConsistencyBatch batch, Tensor noisy, Tensor timesteps)
    {
        using var text = teacher.Attend(cat([batch.Embeddings, batch.EmptyEmbeddings], 0));
        var both = teacher.Forward(cat([noisy, noisy], 0), cat([timesteps, timesteps], 0), text).chunk(2, 0);
        return both[1] + (batch.GuidanceScale * (both[0] - both[1]));
    }

    private (Tensor Alpha, Tensor Sigma) LevelsAt(Tensor levels) => (alphas[levels].view(-1, 1, 1, 1), sigmas[levels].view(-1, 1, 1, 1));

    private Tensor ToClean(Tensor output, Tensor noisy, Tensor alpha, Tensor sigma) => prediction switch
    {
        PredictionType.Epsilon => (noisy - (output * sigma)) / alpha,
        PredictionType.VPrediction => (noisy * alpha) - (output * sigma),
        _ => output,
    };

    private Tensor SpreadPoints(long count, Device device)
    {
        var places = (rand(1, device: device) + (arange(count, device: device) / count)).frac();
        return (places * timesteps.shape[0]).floor().to(ScalarType.Int64).clamp_max(timesteps.shape[0] - 1);
    }

    private static Tensor OfLevels(NoiseLevel[] levels, Func<NoiseLevel, double> part, Device device) =>
        tensor(levels.Select(level => (float)part(level)).ToArray(), device: device).DetachFromDisposeScope();
}

/// <summary>One batch of what a few-step denoiser learns from.</summary>
/// <param name="Clean">Latents without noise, [B, 4, h, w].</param>
/// <param name="Embeddings">The prompts, [B, L, width].</param>
/// <param name="EmptyEmbeddings">The empty prompt as often, [B, L, width].</param>
/// <param name="GuidanceScale">How firmly the teacher is guided.</param>
internal readonly record struct ConsistencyBatch(Tensor Clean, Tensor Embeddings, Tensor EmptyEmbeddings, double GuidanceScale);
