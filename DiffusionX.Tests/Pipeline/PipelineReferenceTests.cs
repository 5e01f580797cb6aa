using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using DiffusionX.Tests.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class PipelineReferenceTests
{
    [ReferenceCases("txt2img")]
    public void Text_to_image_draws_what_diffusers_draws(ReferenceCase reference) => DrawAndCompare(reference);

    [ReferenceCases("img2img")]
    public void Image_to_image_draws_what_diffusers_draws(ReferenceCase reference) => DrawAndCompare(reference);

    [ReferenceCases("txt2img-xl")]
    public void Text_to_image_with_two_text_encoders_draws_what_diffusers_draws(ReferenceCase reference) => DrawAndCompare(reference);

    [ReferenceCases("img2img-xl")]
    public void Image_to_image_with_two_text_encoders_draws_what_diffusers_draws(ReferenceCase reference) => DrawAndCompare(reference);

    [ReferenceCases("relay-xl")]
    public void A_run_that_another_model_ends_draws_what_diffusers_draws(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var first = BuildUNet(reference.Config.GetProperty("unet"), reference);
        using var second = BuildUNet(reference.Json.GetProperty("second_unet"), reference);
        using var codec = BuildCodec(reference);
        var request = new GenerationRequest
        {
            Prompt = "",
            Steps = reference.Count("num_inference_steps"),
            GuidanceScale = reference.Number("guidance_scale"),
            Height = reference.Count("height"),
            Width = reference.Count("width"),
        };
        var solver = SolverOf(reference);
        var whole = GenerationPlan.Check(request, solver, codec.Config, first.Config);
        var begun = whole.StopEarly(reference.Number("denoising_end"), solver);
        var trajectory = new Trajectory(scope);

        var noisy = Denoise(reference, first, Start(reference, whole.Sampling, codec), begun, trajectory);
        var left = begun.Stopped(Latent.FromBatch(noisy)[0], begun.StopAfter!.Value);
        var rest = GenerationPlan.Check(request with { ContinueFrom = left }, solver, codec.Config, second.Config);
        var latents = Denoise(reference, second, noisy, rest, trajectory);

        Assert.Multiple(() =>
        {
            Assert.That(begun.StopAfter, Is.EqualTo(reference.Count("steps_of_first")));
            reference.AssertClose("timesteps", tensor(whole.Sampling.Timesteps.ToArray()));
            reference.AssertClose("latents", trajectory.Of(reference));
            reference.AssertClose("image", codec.Decode(latents));
        });
    }

    [ReferenceCases("folder")]
    public void A_model_folder_draws_what_diffusers_draws(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var root = Path.GetDirectoryName(reference.Folder)!;
        var options = new DiffusionModelOptions { TokenizerFolder = Path.Combine(root, reference.Text("tokenizer")) };
        using var parts = new DiffusionModelLoader(ModelFolder.Open(Path.Combine(root, reference.Text("model"))), options, null).Load();
        var (prompt, negative) = parts.Prompts.Encode(reference.Text("prompt"), reference.Text("negative_prompt"), PromptSyntax.Plain);
        var strength = reference.Json.TryGetProperty("strength", out var given) ? given.GetDouble() : 1;
        var plan = parts.Scheduler.Plan(reference.Count("num_inference_steps"), strength);
        var start = Start(reference, plan, parts.Codec);
        using var text = parts.DenoisingLoop.Attend(prompt, negative, images: 1, timeIds: [], guidanceScale: 1);

        var trajectory = new Trajectory(scope);

        var latents = parts.DenoisingLoop.Run(
            new DenoisingStart(start, Inpainting.None),
            plan,
            text,
            new DenoisingOptions(reference.Number("guidance_scale")),
            () => start,
            trajectory.Add,
            CancellationToken.None);

        Assert.Multiple(() =>
        {
            reference.AssertClose("prompt_embeds", prompt.Context);
            reference.AssertClose("negative_prompt_embeds", negative!.Context);
            reference.AssertClose("latents", trajectory.Of(reference));
            reference.AssertClose("image", parts.Codec.Decode(latents));
        });
    }

    private static void DrawAndCompare(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var unet = BuildUNet(reference.Config.GetProperty("unet"), reference);
        using var codec = BuildCodec(reference);
        var strength = reference.Json.GetProperty("strength") is { ValueKind: JsonValueKind.Number } given ? given.GetDouble() : 1;
        var plan = SolverOf(reference).Plan(reference.Count("num_inference_steps"), strength);
        var guidance = reference.Number("guidance_scale");
        var denoiser = new DenoisingLoop(unet, ScalarType.Float32);
        using var text = denoiser.Attend(
            Prompt(reference), guidance > 1 ? Prompt(reference, "negative_") : null, images: 1, TimeIds(reference), guidance);
        var trajectory = new Trajectory(scope);
        var start = Start(reference, plan, codec);

        var latents = denoiser.Run(
            new DenoisingStart(start, Inpainting.None),
            plan,
            text,
            new DenoisingOptions(guidance),
            () => start,
            trajectory.Add,
            CancellationToken.None);

        Assert.Multiple(() =>
        {
            reference.AssertClose("timesteps", tensor(plan.Timesteps.ToArray()));
            reference.AssertClose("latents", trajectory.Of(reference));
            reference.AssertClose("image", codec.Decode(latents));
        });
    }

    private static PromptConditioning Prompt(ReferenceCase reference, string prefix = "")
    {
        var pooled = $"{prefix}pooled_prompt_embeds";
        return new PromptConditioning(
            reference.Input($"{prefix}prompt_embeds"), reference.HasInput(pooled) ? reference.Input(pooled) : null);
    }

    private static float[] TimeIds(ReferenceCase reference) =>
        reference.HasInput("pooled_prompt_embeds")
            ? new SizeConditioning().TimeIds(reference.Count("height"), reference.Count("width"))
            : [];

    private static Tensor Start(ReferenceCase reference, SamplingPlan plan, LatentCodec codec)
    {
        var noise = reference.Input("noise");
        if (reference.HasInput("init_latents"))
        {
            return plan.AddNoise(reference.Input("init_latents"), noise);
        }

        return reference.HasInput("image")
            ? plan.AddNoise(codec.Encode((reference.Input("image") * 2) - 1, reference.Input("posterior_noise")), noise)
            : noise * plan.InitialNoiseSigma;
    }

    private static Tensor Denoise(
        ReferenceCase reference, UNet2DConditionModel unet, Tensor start, GenerationPlan plan, Trajectory trajectory)
    {
        var denoiser = new DenoisingLoop(unet, ScalarType.Float32);
        var guidance = plan.Denoising.GuidanceScale;
        using var text = denoiser.Attend(
            Prompt(reference), guidance > 1 ? Prompt(reference, "negative_") : null, images: 1, TimeIds(reference), guidance);
        return denoiser.Run(
            new DenoisingStart(start, Inpainting.None),
            plan.Sampling,
            text,
            plan.Denoising,
            () => start,
            trajectory.Add,
            CancellationToken.None);
    }

    private static Scheduler SolverOf(ReferenceCase reference) =>
        Scheduler.Create(SchedulerConfig.FromJson(reference.Config.GetProperty("scheduler"), reference.Name));

    private static UNet2DConditionModel BuildUNet(JsonElement config, ReferenceCase reference) =>
        Filled(new UNet2DConditionModel(UNet2DConditionConfig.FromJson(config, reference.Name)));

    private static LatentCodec BuildCodec(ReferenceCase reference) => new(
        Filled(new AutoencoderKL(AutoencoderKLConfig.FromJson(reference.Config.GetProperty("vae"), reference.Name))),
        CPU,
        ScalarType.Float32);

    private static T Filled<T>(T model)
        where T : nn.Module
    {
        HashWeights.Fill(model);
        return model;
    }

    /// <summary>The latents after each step.</summary>
    private sealed class Trajectory(DisposeScope scope)
    {
        private readonly List<Tensor> latents = [];

        public void Add(DenoisedStep step) => latents.Add(step.Latents.clone().MoveToOtherDisposeScope(scope));

        public Tensor Of(ReferenceCase reference) => stack(latents).view(reference.Output("latents").shape);
    }
}
