using DiffusionX.Models;
using DiffusionX.Models.Layers;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Generation;

/// <summary>The loop of a run: ask the UNet for the noise, let the sampler take one step, until the plan's timesteps are through.</summary>
internal sealed class Denoiser
{
    private readonly UNet2DConditionModel unet;
    private readonly ScalarType dtype;

    /// <param name="unet">The UNet.</param>
    /// <param name="dtype">The type of its parameters.</param>
    public Denoiser(UNet2DConditionModel unet, ScalarType dtype)
    {
        this.unet = unet;
        this.dtype = dtype;
    }

    /// <summary>What the UNet attends to: the prompt, after the negative prompt where there is guidance, once for each picture.</summary>
    /// <param name="prompt">[1, L, width].</param>
    /// <param name="negativePrompt">[1, L, width], or null without guidance.</param>
    /// <param name="images">How many pictures.</param>
    public TextContext Attend(Tensor prompt, Tensor? negativePrompt, int images)
    {
        using var scope = NewDisposeScope();
        var conditional = prompt.to(dtype).expand(images, -1, -1);
        var embeddings = negativePrompt is null ? conditional : cat([negativePrompt.to(dtype).expand(images, -1, -1), conditional], 0);
        return unet.Attend(embeddings);
    }

    /// <summary>Runs a plan from its first timestep to its last.</summary>
    /// <param name="start">The noisy latents that the plan starts from, [B, 4, h, w] in float32 on the device.</param>
    /// <param name="plan">The timesteps.</param>
    /// <param name="text">From <see cref="Attend"/>.</param>
    /// <param name="guidanceScale">Above 1, the text holds the negative prompt's half too.</param>
    /// <param name="noise">Fresh noise on the device, for samplers that add it.</param>
    /// <param name="afterStep">Called after each step.</param>
    /// <param name="cancellationToken">Stops the run before its next step.</param>
    /// <returns>The latents, [B, 4, h, w] in float32.</returns>
    public Tensor Run(
        Tensor start,
        SamplingPlan plan,
        TextContext text,
        double guidanceScale,
        Func<Tensor> noise,
        Action<DenoisedStep> afterStep,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var sampler = plan.Start(noise);
        var latents = start.alias();
        for (var step = 0; step < plan.Timesteps.Count; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var prediction = Predict(sampler.ScaleModelInput(latents, step), plan.Timesteps[step], text, guidanceScale);
            var next = sampler.Step(prediction, latents, step);
            latents.Dispose();
            latents = next;
            afterStep(new DenoisedStep(step, latents, sampler.Expected));
        }

        return latents.MoveToOuterDisposeScope();
    }

    private Tensor Predict(Tensor input, double timestep, TextContext text, double guidanceScale)
    {
        using var scope = NewDisposeScope();
        var guided = guidanceScale > 1;
        var sample = (guided ? cat([input, input], 0) : input).to(dtype);
        var timesteps = full([sample.shape[0]], timestep, ScalarType.Float32, sample.device);
        var prediction = unet.Forward(sample, timesteps, text).to(ScalarType.Float32);
        return (guided ? Guide(prediction, guidanceScale) : prediction).MoveToOuterDisposeScope();
    }

    private static Tensor Guide(Tensor prediction, double scale)
    {
        var halves = prediction.chunk(2, 0);
        return halves[0] + ((halves[1] - halves[0]) * scale);
    }
}
