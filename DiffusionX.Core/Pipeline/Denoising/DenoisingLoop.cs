using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>The loop of a run: ask the UNet for the noise, let the sampler take one step, until the plan's timesteps are through.</summary>
internal sealed class DenoisingLoop
{
    private readonly UNet2DConditionModel unet;
    private readonly ScalarType dtype;

    /// <param name="unet">The UNet.</param>
    /// <param name="dtype">The type of its parameters.</param>
    public DenoisingLoop(UNet2DConditionModel unet, ScalarType dtype)
    {
        this.unet = unet;
        this.dtype = dtype;
        Guidance = new ClassifierFreeGuidance(unet, dtype);
    }

    /// <summary>What the UNet reads: the prompt, after the negative prompt where there is guidance, once for each picture.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="negativePrompt">The negative prompt, or null without guidance.</param>
    /// <param name="images">How many pictures.</param>
    /// <param name="timeIds">The sizes of the picture, for a UNet that is told them.</param>
    /// <param name="guidanceScale">The scale, for a UNet that is told it.</param>
    public TextContext Attend(
        PromptConditioning prompt, PromptConditioning? negativePrompt, int images, float[] timeIds, double guidanceScale)
    {
        using var scope = NewDisposeScope();
        var context = Join(negativePrompt?.Context, prompt.Context, images).to(dtype);
        var isTold = unet.Config.TextTime is not null;
        return unet.Attend(context, new AddedConditions
        {
            TextEmbeddings = isTold ? Join(negativePrompt?.Pooled, prompt.Pooled!, images) : null,
            TimeIds = isTold ? tensor(timeIds, [1, timeIds.Length], device: context.device).expand(context.size(0), -1) : null,
            GuidanceScale = unet.Config.GuidanceEmbeddingDim is null ? null : guidanceScale,
        });
    }

    private static Tensor Join(Tensor? negative, Tensor positive, int images)
    {
        var conditional = positive.expand([images, .. positive.shape[1..]]);
        return negative is null ? conditional : cat([negative.expand([images, .. negative.shape[1..]]), conditional], 0);
    }

    /// <summary>The type of the UNet's parameters.</summary>
    public ScalarType Precision => dtype;

    /// <summary>Asks the UNet for one run or several.</summary>
    public ClassifierFreeGuidance Guidance { get; init; }

    /// <summary>Runs a plan from its first timestep to its last, or to where the options say to stop.</summary>
    /// <param name="start">What the plan starts from; it stays the caller's.</param>
    /// <param name="plan">The timesteps.</param>
    /// <param name="text">From <see cref="Attend"/>.</param>
    /// <param name="options">How its steps are computed, and which of them.</param>
    /// <param name="noise">Fresh noise on the device, for samplers that add it.</param>
    /// <param name="afterStep">Called after each step.</param>
    /// <param name="cancellationToken">Stops the run before its next step.</param>
    /// <returns>The latents, [B, 4, h, w] in float32.</returns>
    public Tensor Run(
        DenoisingStart start,
        SamplingPlan plan,
        TextContext text,
        DenoisingOptions options,
        Func<Tensor> noise,
        Action<DenoisedStep> afterStep,
        CancellationToken cancellationToken)
    {
        using var cancellation = ComputeCancellation.By(cancellationToken);
        using var run = new DenoisingRun(start, plan, text, options, noise);
        while (!run.IsDone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var isReused = run.NextShape.IsReused;
            afterStep(run.Advance(Guidance.Predict([run.Ask()], run.Text)[0], isReused));
        }

        return run.Latents.alias();
    }
}
