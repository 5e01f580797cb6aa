using DiffusionX.Models.UNet;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>
/// What a few-step denoiser learns from its teacher: to say at every point of a path, along which the teacher's guided predictions lead,
/// where the path ends (Luhman and Luhman, "Knowledge Distillation in Iterative Generative Models for Improved Sampling Speed", 2021, from
/// all points and not the first alone). That is what a consistency model is (Song et al., "Consistency Models", 2023), and it is sampled as
/// one, but its target is never its own answer.
/// </summary>
internal sealed class FewStepObjective
{
    // Of the pseudo-Huber distance: below it errors count as squares, so that small ones do not shake the weights.
    private const double HuberWidth = 0.03;

    // The points of a whole path are every second of these, so that both halves of the student's timesteps have their turn.
    private const int Stride = 2;

    private readonly SchedulerConfig config;
    private readonly Scheduler solver;

    /// <param name="config">The noise, the kind of prediction, and at how many timesteps the student learns.</param>
    public FewStepObjective(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        solver = Scheduler.Create(config).As(SchedulerKind.DpmSolverPlusPlus2M);
    }

    /// <summary>How far the student's answers are from the ends of the paths, a scalar. Noise is drawn from torch's global generator.</summary>
    /// <param name="student">Learns; is told the guidance scale where it takes one.</param>
    /// <param name="teacher">Is asked with the prompts and without.</param>
    /// <param name="batch">Where the paths begin.</param>
    public Tensor Loss(UNet2DConditionModel student, UNet2DConditionModel teacher, FewStepBatch batch)
    {
        using var scope = NewDisposeScope();
        return LossAndEnds(student, teacher, batch).Loss.MoveToOuterDisposeScope();
    }

    /// <summary>The same, and where the paths end, [B, 4, h, w]: pictures of the prompts, from which later batches may begin.</summary>
    /// <inheritdoc cref="Loss"/>
    public (Tensor Loss, Tensor Ends) LossAndEnds(UNet2DConditionModel student, UNet2DConditionModel teacher, FewStepBatch batch)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        using var scope = NewDisposeScope();
        var plan = solver.Plan(config.OriginalInferenceSteps, batch.Strength);
        var (points, end) = Walk(teacher, plan, batch);
        var noisy = cat([.. points.Select(point => point.Noisy)], 0);
        var each = batch.Clean.shape[0];
        var timesteps = cat([.. points.Select(point => full([each], plan.Timesteps[point.Step], ScalarType.Float32, noisy.device))], 0);
        var guidance = student.Config.GuidanceEmbeddingDim is null ? (double?)null : batch.GuidanceScale;
        var conditions = batch.Conditions(points.Count, withEmpty: false) with { GuidanceScale = guidance };
        using var text = student.Attend(batch.Embeddings.repeat(points.Count, 1, 1), conditions);
        var output = student.Forward(noisy, timesteps, text).chunk(points.Count, 0);
        var errors = points.Select((point, i) => Level(plan, point.Step).ToClean(config.PredictionType, point.Noisy, output[i]) - end);
        var loss = ((cat([.. errors], 0).square() + (HuberWidth * HuberWidth)).sqrt() - HuberWidth).mean();
        return (loss.MoveToOuterDisposeScope(), end.MoveToOuterDisposeScope());
    }

    // The points of a path, and its end.
    private static (IReadOnlyList<(int Step, Tensor Noisy)> Points, Tensor End) Walk(UNet2DConditionModel teacher, SamplingPlan plan, FewStepBatch batch)
    {
        using var noGradient = no_grad();
        using var text = teacher.Attend(cat([batch.Embeddings, batch.EmptyEmbeddings], 0), batch.Conditions(times: 1, withEmpty: true));
        using var sampler = plan.Start(() => randn_like(batch.Clean));
        var noise = randn_like(batch.Clean);
        var latents = batch.Strength < 1 ? plan.AddNoise(batch.Clean, noise) : noise;
        var points = new List<(int, Tensor)>();
        for (int step = 0, next; step < plan.Timesteps.Count; step = next)
        {
            next = Math.Min(step + Stride, plan.Timesteps.Count);
            points.Add((step, latents));
            latents = sampler.Step(Guided(teacher, text, latents, plan.Timesteps[step], batch.GuidanceScale), latents, step, next);
        }

        return (points, latents);
    }

    private static Tensor Guided(UNet2DConditionModel teacher, Models.Common.TextContext text, Tensor latents, double timestep, double scale)
    {
        using var scope = NewDisposeScope();
        var timesteps = full([2 * latents.shape[0]], timestep, ScalarType.Float32, latents.device);
        var both = teacher.Forward(cat([latents, latents], 0), timesteps, text).chunk(2, 0);
        return (both[1] + (scale * (both[0] - both[1]))).MoveToOuterDisposeScope();
    }

    private static NoiseLevel Level(SamplingPlan plan, int step) => NoiseLevel.OfRatio(plan.Sigmas[step]);
}

/// <summary>Where paths begin, and what they lead to.</summary>
/// <param name="Clean">Latents without noise, [B, 4, h, w].</param>
/// <param name="Strength">How much noise is put on them, above 0; at 1 nothing of them is left.</param>
/// <param name="Embeddings">The prompts, [B, L, width].</param>
/// <param name="EmptyEmbeddings">The empty prompt as often, [B, L, width].</param>
/// <param name="GuidanceScale">How firmly the teacher is guided.</param>
internal readonly record struct FewStepBatch(Tensor Clean, double Strength, Tensor Embeddings, Tensor EmptyEmbeddings, double GuidanceScale)
{
    /// <summary>The pooled prompts, [B, P], for UNets that are told them; else null.</summary>
    public Tensor? Pooled { get; init; }

    /// <summary>The pooled empty prompt as often, [B, P], beside <see cref="Pooled"/>.</summary>
    public Tensor? EmptyPooled { get; init; }

    /// <summary>The sizes that such a UNet is told besides, [1, 6].</summary>
    public Tensor? TimeIds { get; init; }

    /// <summary>What a UNet is told besides the prompts, for so many repetitions of them.</summary>
    /// <param name="times">How often.</param>
    /// <param name="withEmpty">Whether the empty prompts come after them.</param>
    internal AddedConditions Conditions(int times, bool withEmpty)
    {
        if (Pooled is not { } prompts || EmptyPooled is not { } empty || TimeIds is not { } sizes)
        {
            return new AddedConditions();
        }

        var pooled = (withEmpty ? cat([prompts, empty], 0) : prompts).repeat(times, 1);
        return new AddedConditions { TextEmbeddings = pooled, TimeIds = sizes.expand(pooled.shape[0], -1) };
    }
}
