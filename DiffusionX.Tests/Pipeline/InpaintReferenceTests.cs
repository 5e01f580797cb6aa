using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class InpaintReferenceTests
{
    [ReferenceCases("inpaint")]
    public void A_region_is_redrawn_as_diffusers_redraws_it(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var unet = Filled(new UNet2DConditionModel(UNet2DConditionConfig.FromJson(reference.Config.GetProperty("unet"), reference.Name)));
        using var vae = Filled(new AutoencoderKL(AutoencoderKLConfig.FromJson(reference.Config.GetProperty("vae"), reference.Name)));
        using var codec = new LatentCodec(vae, CPU, ScalarType.Float32);
        var solver = Scheduler.Create(SchedulerConfig.FromJson(reference.Config.GetProperty("scheduler"), reference.Name));
        var plan = GenerationPlan.Check(Request(reference), solver, codec.Config, unet.Config);
        var noise = Noise(reference, plan);
        using var start = new StartEncoder(plan, codec, (reference.Input("image") * 2) - 1, noise.Dequeue, CancellationToken.None).Prepare();
        var loop = new DenoisingLoop(unet, ScalarType.Float32);
        using var text = Read(reference, loop);
        var trajectory = new List<Tensor>();

        var latents = loop.Run(
            start,
            plan.Sampling,
            text,
            plan.Denoising,
            noise.Dequeue,
            step => trajectory.Add(step.Latents.clone().MoveToOtherDisposeScope(scope)),
            CancellationToken.None);

        Assert.Multiple(() =>
        {
            reference.AssertClose("timesteps", tensor(plan.Sampling.Timesteps.ToArray()));
            reference.AssertClose("latents", stack(trajectory).view(reference.Output("latents").shape));
            reference.AssertClose("image", codec.Decode(latents));
        });
    }

    private static GenerationRequest Request(ReferenceCase reference)
    {
        var image = reference.Input("image");
        var mask = reference.Input("mask");
        return new GenerationRequest
        {
            Prompt = "",
            Steps = reference.Count("num_inference_steps"),
            Strength = reference.Number("strength"),
            GuidanceScale = reference.Number("guidance_scale"),
            InitImage = image.ToPictures()[0],
            InitMask = new Mask((int)mask.shape[3], (int)mask.shape[2], mask.ge(0.5).contiguous().data<bool>().ToArray()),
        };
    }

    // In the order in which diffusers draws it. A picture's posterior has the first noise for posteriors, whichever picture is encoded
    // first.
    private static Queue<Tensor> Noise(ReferenceCase reference, GenerationPlan plan)
    {
        string[] names = plan.NeedsCleanStart
            ? ["posterior_noise", "noise", "masked_posterior_noise"]
            : ["noise", "posterior_noise"];
        var steps = Enumerable.Range(0, plan.Sampling.Timesteps.Count).Select(step => $"step_noise_{step}").Where(reference.HasInput);
        return new Queue<Tensor>([.. names.Concat(steps).Select(name => reference.HasInput(name) ? reference.Input(name) : empty(0))]);
    }

    private static TextContext Read(ReferenceCase reference, DenoisingLoop loop)
    {
        var guidance = reference.Number("guidance_scale");
        var image = reference.Input("image");
        float[] timeIds = reference.HasInput("pooled_prompt_embeds") ? new SizeConditioning().TimeIds((int)image.shape[2], (int)image.shape[3]) : [];
        return loop.Attend(Prompt(reference), guidance > 1 ? Prompt(reference, "negative_") : null, images: 1, timeIds, guidance);
    }

    private static PromptConditioning Prompt(ReferenceCase reference, string prefix = "")
    {
        var pooled = $"{prefix}pooled_prompt_embeds";
        return new PromptConditioning(reference.Input($"{prefix}prompt_embeds"), reference.HasInput(pooled) ? reference.Input(pooled) : null);
    }

    private static T Filled<T>(T model)
        where T : nn.Module
    {
        HashWeights.Fill(model);
        return model;
    }
}
