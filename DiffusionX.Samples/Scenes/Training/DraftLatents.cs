using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Scenes.Streams;
using DiffusionX.Schedulers;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Latents as the few-step edge leaves them, of captions of the training split: what a decoder of previews is given, and what no encoder
/// makes of a drawing.
/// </summary>
internal sealed class DraftLatents : IDisposable
{
    private readonly Device device;
    private readonly UNet2DConditionModel unet;
    private readonly ClipTextModel text;
    private readonly ClipTokenizer tokenizer;
    private readonly SamplingPlan plan = Scheduler.Create(ScenesModels.FewStepScheduler).Plan(ScenesModels.FewSteps);

    /// <param name="weights">Where the few-step edge is.</param>
    /// <param name="device">Where it draws.</param>
    public DraftLatents(ScenesFolder weights, Device device)
    {
        this.device = device;
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        unet = weights.LoadUNet(ScenesFolder.EdgeFewSide);
        text = weights.LoadTextEncoder();
        tokenizer = weights.LoadTokenizer();
    }

    /// <summary>Some of them, [count, 4, h, w], scaled. Noise is drawn from torch's global generator.</summary>
    /// <param name="first">The number of the first one's caption.</param>
    /// <param name="count">How many.</param>
    public Tensor Draw(long first, int count)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var captions = Enumerable.Range(0, count).Select(i => SceneStream.CaptionAt(SceneSplit.Training, (int)((first + i) % SceneStream.Length)));
        using var context = unet.Attend(
            text.LastHiddenState(SceneBatch.Prompts(captions, tokenizer, device)), new AddedConditions { GuidanceScale = ScenesModels.GuidanceScale });
        var size = unet.Config.SampleSize;
        var latents = randn(count, unet.Config.InChannels, size, size, device: device);
        var start = latents;
        using var sampler = plan.Start(() => randn_like(start));
        for (var step = 0; step < plan.Timesteps.Count; step++)
        {
            var prediction = unet.Forward(latents, full([count], plan.Timesteps[step], ScalarType.Float32, device), context);
            latents = sampler.Step(prediction, latents, step, step + 1);
        }

        return latents.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        unet.Dispose();
        text.Dispose();
    }
}
