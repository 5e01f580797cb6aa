using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>What one run asks its UNet: for the prompt alone, or with guidance for the negative prompt too.</summary>
internal sealed class ClassifierFreeGuidance : IDisposable
{
    private readonly UNet2DConditionModel unet;
    private readonly ScalarType dtype;
    private readonly DenoisingOptions options;
    private readonly TextContext text;
    private readonly TextContext? promptAlone;
    private readonly DeepCacheFeatures? deep;

    /// <param name="unet">The UNet.</param>
    /// <param name="dtype">The type of its parameters.</param>
    /// <param name="text">From <see cref="DenoisingLoop.Attend"/>; it stays the caller's.</param>
    /// <param name="images">How many pictures the run draws.</param>
    /// <param name="options">When there is guidance, and how much.</param>
    public ClassifierFreeGuidance(UNet2DConditionModel unet, ScalarType dtype, TextContext text, long images, DenoisingOptions options)
    {
        this.unet = unet;
        this.dtype = dtype;
        this.options = options;
        this.text = text;
        promptAlone = options.GuidanceInterval is null ? null : text.Last(images);
        deep = options.DeepCache is { } cache ? new DeepCacheFeatures(cache.ShallowLevels, cache.Interval) : null;
    }

    /// <summary>Whether the last prediction reused what the deep levels made of an earlier one.</summary>
    public bool Reused { get; private set; }

    /// <summary>Whether a prediction at a noise level has guidance.</summary>
    public bool GuidesAt(double sigma) => options.GuidesAt(sigma);

    /// <summary>The prediction for noisy latents.</summary>
    /// <param name="input">[B, 4, h, w] in float32.</param>
    /// <param name="timestep">Their timestep.</param>
    /// <param name="sigma">Its noise level, σ/α.</param>
    /// <returns>[B, 4, h, w] in float32.</returns>
    public Tensor Predict(Tensor input, double timestep, double sigma)
    {
        using var scope = NewDisposeScope();
        var guided = GuidesAt(sigma);
        var sample = (guided ? cat([input, input], 0) : input).to(dtype);
        var timesteps = full([sample.shape[0]], timestep, ScalarType.Float32, sample.device);
        var prediction = Ask(sample, timesteps, guided ? text : promptAlone ?? text).to(ScalarType.Float32);
        return (guided ? Guide(prediction, options.GuidanceScale) : prediction).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        promptAlone?.Dispose();
        deep?.Dispose();
    }

    private Tensor Ask(Tensor sample, Tensor timesteps, TextContext context)
    {
        Reused = deep?.CanServe(sample) == true;
        return deep is null ? unet.Forward(sample, timesteps, context) : unet.Forward(sample, timesteps, context, deep);
    }

    private static Tensor Guide(Tensor prediction, double scale)
    {
        var halves = prediction.chunk(2, 0);
        return halves[0] + ((halves[1] - halves[0]) * scale);
    }
}
