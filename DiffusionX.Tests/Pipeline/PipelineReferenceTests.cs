using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline;
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

    [ReferenceCases("folder")]
    public void A_model_folder_draws_what_diffusers_draws(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var root = Path.GetDirectoryName(reference.Folder)!;
        var options = new DiffusionModelOptions { TokenizerFolder = Path.Combine(root, reference.Text("tokenizer")) };
        using var parts = new DiffusionModelLoader(ModelFolder.Open(Path.Combine(root, reference.Text("model"))), options, null).Load();
        var prompt = parts.Prompts.Encode(reference.Text("prompt"));
        var negative = parts.Prompts.Encode(reference.Text("negative_prompt"));
        var strength = reference.Json.TryGetProperty("strength", out var given) ? given.GetDouble() : 1;
        var plan = parts.Scheduler.Plan(reference.Count("num_inference_steps"), strength);
        var start = Start(reference, plan, parts.Codec);
        using var text = parts.DenoisingLoop.Attend(prompt, negative, images: 1);

        var trajectory = new Trajectory(scope);

        var latents = parts.DenoisingLoop.Run(start, plan, text, new DenoisingOptions(reference.Number("guidance_scale")), () => start, trajectory.Add, CancellationToken.None);

        Assert.Multiple(() =>
        {
            reference.AssertClose("prompt_embeds", prompt);
            reference.AssertClose("negative_prompt_embeds", negative);
            reference.AssertClose("latents", trajectory.Of(reference));
            reference.AssertClose("image", parts.Codec.Decode(latents));
        });
    }

    private static void DrawAndCompare(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var unet = Build(reference, "unet", UNet2DConditionConfig.FromJson, config => new UNet2DConditionModel(config));
        using var codec = new LatentCodec(Build(reference, "vae", AutoencoderKLConfig.FromJson, config => new AutoencoderKL(config)), CPU, ScalarType.Float32);
        var scheduler = Scheduler.Create(SchedulerConfig.FromJson(reference.Config.GetProperty("scheduler"), reference.Name));
        var plan = scheduler.Plan(reference.Count("num_inference_steps"), reference.Number("strength"));
        var guidance = reference.Number("guidance_scale");
        var denoiser = new DenoisingLoop(unet, ScalarType.Float32);
        using var text = denoiser.Attend(reference.Input("prompt_embeds"), guidance > 1 ? reference.Input("negative_prompt_embeds") : null, images: 1);
        var trajectory = new Trajectory(scope);
        var start = Start(reference, plan, codec);

        var latents = denoiser.Run(start, plan, text, new DenoisingOptions(guidance), () => start, trajectory.Add, CancellationToken.None);

        Assert.Multiple(() =>
        {
            reference.AssertClose("timesteps", tensor(plan.Timesteps.ToArray()));
            reference.AssertClose("latents", trajectory.Of(reference));
            reference.AssertClose("image", codec.Decode(latents));
        });
    }

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

    private static TModel Build<TConfig, TModel>(ReferenceCase reference, string part, Func<JsonElement, string, TConfig> read, Func<TConfig, TModel> build)
        where TModel : nn.Module
    {
        var model = build(read(reference.Config.GetProperty(part), reference.Name));
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
