using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.SingleFile;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Schedulers;
using DiffusionX.Tests.Pipeline;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.SingleFile;

[TestFixture]
[NoTensorLeaks]
internal sealed class SingleFileCheckpointTests
{
    private const string LastNormBias = "model.diffusion_model.output_blocks.3.1.transformer_blocks.0.norm1.bias";

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float16)]
    [TestCase(ScalarType.BFloat16)]
    public void The_weights_of_Stable_Diffusion_1_fill_models_of_its_configs(ScalarType stored)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion1().ToDictionary(pair => pair.Key, pair => pair.Value.to(stored));
        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, tensors));

        using var unet = new UNet2DConditionModel(Read(checkpoint, "unet", UNet2DConditionConfig.FromJson));
        using var vae = new AutoencoderKL(Read(checkpoint, "vae", AutoencoderKLConfig.FromJson));

        Assert.Multiple(() =>
        {
            AssertFilled(unet, checkpoint, "unet", stored);
            AssertFilled(vae, checkpoint, "vae", stored);
        });
    }

    [TestCase("cond_stage_model.transformer.text_model.")]
    [TestCase("cond_stage_model.transformer.")]
    public void A_text_encoder_of_transformers_has_its_names(string prefix)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();

        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion1(prefix)));

        AssertSame(checkpoint, "text_encoder", MiniSingleFile.Text());
    }

    [TestCase("cond_stage_model.model.")]
    [TestCase("conditioner.embedders.0.model.", Description = "ComfyUI's")]
    public void The_last_layer_of_Stable_Diffusion_2s_text_encoder_is_left_out(string prefix)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var expected = MiniSingleFile.Text().Where(pair => !pair.Key.Contains(".layers.2.", StringComparison.Ordinal)).ToDictionary();

        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion2(prefix)));

        Assert.Multiple(() =>
        {
            AssertSame(checkpoint, "text_encoder", expected);
            Assert.That(checkpoint.ReadConfig("text_encoder").Json.GetProperty("num_hidden_layers").GetInt32(), Is.EqualTo(2));
            Assert.That(checkpoint.ReadConfig("text_encoder").Json.GetProperty("hidden_act").GetString(), Is.EqualTo("gelu"));
            Assert.That(checkpoint.ReadConfig("unet").Json.GetProperty("use_linear_projection").GetBoolean(), Is.True);
        });
    }

    [Test]
    public void An_inpainting_model_takes_nine_channels()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();

        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion1(latentChannels: 9)));

        Assert.That(checkpoint.ReadConfig("unet").Json.GetProperty("in_channels").GetInt32(), Is.EqualTo(9));
    }

    [TestCase("modelspec.prediction_type", "v", PredictionType.VPrediction)]
    [TestCase("modelspec.prediction_type", "epsilon", PredictionType.Epsilon)]
    [TestCase("modelspec.predict_key", "v", PredictionType.VPrediction)]
    [TestCase("modelspec.architecture", "stable-diffusion-v2-768-v", PredictionType.VPrediction)]
    [TestCase("modelspec.architecture", "stable-diffusion-v1", PredictionType.Epsilon)]
    public void The_metadata_says_what_the_model_predicts(string name, string text, object expected)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();

        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion1(), new Dictionary<string, string> { [name] = text }));

        Assert.That(Read(checkpoint, "scheduler", SchedulerConfig.FromJson).PredictionType, Is.EqualTo(expected));
    }

    [TestCase(0.2f, PredictionType.VPrediction, 96)]
    [TestCase(0.05f, PredictionType.Epsilon, 64)]
    public void The_spread_of_a_bias_tells_apart_what_Stable_Diffusion_2_predicts(float deviation, object expected, int sampleSize)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion2();
        tensors[LastNormBias] = cat([full(16, deviation), full(16, -deviation)]);

        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, tensors));

        Assert.Multiple(() =>
        {
            Assert.That(Read(checkpoint, "scheduler", SchedulerConfig.FromJson).PredictionType, Is.EqualTo(expected));
            Assert.That(Read(checkpoint, "unet", UNet2DConditionConfig.FromJson).SampleSize, Is.EqualTo(sampleSize));
        });
    }

    [TestCase(875_000, PredictionType.Epsilon)]
    [TestCase(140_000, PredictionType.VPrediction)]
    public void The_last_training_step_tells_apart_what_Stable_Diffusion_2_predicts(int step, object expected)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion2();
        tensors["global_step"] = tensor(step);

        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, tensors));

        Assert.That(Read(checkpoint, "scheduler", SchedulerConfig.FromJson).PredictionType, Is.EqualTo(expected));
    }

    [Test]
    public void What_is_asked_for_goes_before_what_the_file_says()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion1(), new Dictionary<string, string> { ["modelspec.prediction_type"] = "v" });

        var checkpoint = SingleFileCheckpoint.Open(path, new SingleFileOptions { PredictsVelocity = false });

        Assert.That(Read(checkpoint, "scheduler", SchedulerConfig.FromJson).PredictionType, Is.EqualTo(PredictionType.Epsilon));
    }

    [Test]
    public void Empty_tensors_mark_velocities_and_a_schedule_that_ends_in_noise()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion1();
        tensors["v_pred"] = empty(0);
        tensors["ztsnr"] = empty(0);

        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, tensors));
        var scheduler = Read(checkpoint, "scheduler", SchedulerConfig.FromJson);

        Assert.Multiple(() =>
        {
            Assert.That(scheduler.PredictionType, Is.EqualTo(PredictionType.VPrediction));
            Assert.That(scheduler.Spacing, Is.EqualTo(TimestepSpacing.Trailing));
            Assert.That(checkpoint.ReadConfig("scheduler").Json.GetProperty("rescale_betas_zero_snr").GetBoolean(), Is.True);
        });
    }

    [TestCase("768x768", 96)]
    [TestCase("0x0", 64)]
    [TestCase("999999999x999999999", 64)]
    [TestCase("nonsense", 64)]
    public void The_metadata_says_the_size_that_the_model_was_trained_at(string resolution, int expected)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion1(), new Dictionary<string, string> { ["modelspec.resolution"] = resolution });

        Assert.That(Read(SingleFileCheckpoint.Open(path), "unet", UNet2DConditionConfig.FromJson).SampleSize, Is.EqualTo(expected));
    }

    [TestCase("model_ema.diffusion_modelinput_blocks00weight")]
    [TestCase("model_ema.decay")]
    [TestCase("alphas_cumprod")]
    [TestCase("sqrt_recipm1_alphas_cumprod")]
    [TestCase("cond_stage_model.transformer.text_model.embeddings.position_ids")]
    [TestCase("cond_stage_model.transformer.vision_model.embeddings.class_embedding")]
    [TestCase("cond_stage_model.logit_scale")]
    [TestCase("first_stage_model.loss.logvar")]
    public void What_no_inference_needs_is_passed_over(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion1();
        tensors[name] = ones(2);

        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, tensors));

        AssertSame(checkpoint, "text_encoder", MiniSingleFile.Text());
    }

    [TestCase("model.diffusion_model.input_blocks.1.7.weight")]
    [TestCase("model.diffusion_model.a_stranger")]
    [TestCase("first_stage_model.encoder.down.0.attn.0.q.weight")]
    [TestCase("cond_stage_model.transformer.text_model.adapter.weight")]
    [TestCase("depth_model.weight")]
    public void What_is_not_known_is_refused_by_its_name(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion1();
        tensors[name] = ones(2);
        var path = MiniSingleFile.Write(folder, tensors);

        Assert.That(() => SingleFileCheckpoint.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("single file").And.Message.Contains(name));
    }

    [TestCase("model.diffusion_model.joint_blocks.0.weight", "Stable Diffusion 3")]
    [TestCase("double_blocks.0.weight", "FLUX")]
    [TestCase("edm_vpred.sigma_max", "EDM")]
    [TestCase("lora_unet_down_blocks_0.lora_up.weight", "LoRA")]
    [TestCase("down_blocks.0.resnets.0.conv1.weight", "diffusers' names")]
    [TestCase("encoder.conv_in.weight", "VAE")]
    [TestCase("text_model.final_layer_norm.weight", "text encoder")]
    [TestCase("a.stranger", "no single file")]
    public void Files_of_other_kinds_are_named(string name, string kind)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = MiniSingleFile.Write(folder, new Dictionary<string, Tensor> { [name] = ones(2) });

        Assert.That(() => SingleFileCheckpoint.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains(kind).And.Message.Contains("single file"));
    }

    [Test]
    public void The_refiner_of_Stable_Diffusion_XL_is_refused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion2("conditioner.embedders.0.model.");
        tensors["model.diffusion_model.label_emb.0.0.weight"] = ones(2, 2);
        var path = MiniSingleFile.Write(folder, tensors);

        Assert.That(() => SingleFileCheckpoint.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("refiner"));
    }

    [TestCase("model.diffusion_model.input_blocks.0.0.weight")]
    [TestCase("model.diffusion_model.input_blocks.1.0.in_layers.2.weight")]
    [TestCase("model.diffusion_model.input_blocks.2.0.op.weight")]
    [TestCase("first_stage_model.encoder.conv_in.weight")]
    [TestCase("first_stage_model.decoder.conv_in.weight")]
    [TestCase("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight")]
    public void A_file_that_lacks_what_says_its_shape_is_refused(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion1();
        tensors.Remove(name);
        var path = MiniSingleFile.Write(folder, tensors);

        Assert.That(() => SingleFileCheckpoint.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("single file"));
    }

    [TestCase("model.diffusion_model.input_blocks.1.0.in_layers.2.weight")]
    [TestCase("first_stage_model.encoder.down.0.block.0.conv1.weight")]
    [TestCase("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight")]
    public void A_shape_that_no_network_has_is_refused(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = MiniSingleFile.StableDiffusion1();
        tensors[name] = empty([0, 1L << 40, 0]);
        var path = MiniSingleFile.Write(folder, tensors);

        Assert.That(() => SingleFileCheckpoint.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("single file"));
    }

    [TestCase("first_stage_model.", "VAE")]
    [TestCase("cond_stage_model.", "text encoder")]
    public void A_part_that_the_file_lacks_has_to_be_named(string prefix, string part)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = MiniSingleFile.Write(folder, Without(MiniSingleFile.StableDiffusion1(), prefix));

        Assert.That(() => SingleFileCheckpoint.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains($"holds no {part}"));
    }

    [TestCase("first_stage_model.")]
    [TestCase("", Description = "as VAEs are published alone")]
    public void A_VAE_beside_the_file_takes_the_place_of_the_one_in_it(string prefix)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion1());
        var vae = MiniSingleFile.Write(folder, MiniSingleFile.Vae(prefix).ToDictionary(pair => pair.Key, pair => pair.Value + 1), name: "vae.safetensors");

        var checkpoint = SingleFileCheckpoint.Open(path, new SingleFileOptions { Vae = vae });

        AssertSame(checkpoint, "vae", MiniSingleFile.DiffusersVae().ToDictionary(pair => pair.Key, pair => pair.Value + 1));
    }

    [Test]
    public void A_VAE_beside_the_file_may_have_diffusers_names()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = MiniSingleFile.Write(folder, Without(MiniSingleFile.StableDiffusion1(), "first_stage_model."));
        var vae = MiniSingleFile.Write(folder, MiniSingleFile.DiffusersVae(), name: "vae.safetensors");

        AssertSame(SingleFileCheckpoint.Open(path, new SingleFileOptions { Vae = vae }), "vae", MiniSingleFile.DiffusersVae());
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_text_encoder_beside_the_file_is_read_in_either_naming(bool openClip)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = MiniSingleFile.Write(folder, Without(MiniSingleFile.StableDiffusion1(), "cond_stage_model."));
        var text = MiniSingleFile.Write(folder, openClip ? MiniSingleFile.OpenClip(MiniSingleFile.Text()) : MiniSingleFile.Text(), name: "text.safetensors");

        AssertSame(SingleFileCheckpoint.Open(path, new SingleFileOptions { TextEncoder = text }), "text_encoder", MiniSingleFile.Text());
    }

    [Test]
    public void Parts_beside_the_file_may_be_folders()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = MiniSingleFile.Write(folder, Without(MiniSingleFile.StableDiffusion1(), "first_stage_model."));
        MiniModel.Write(folder.File("folder"));

        var checkpoint = SingleFileCheckpoint.Open(path, new SingleFileOptions { Vae = folder.File("folder/vae") });
        using var vae = checkpoint.OpenWeights("vae");

        Assert.Multiple(() =>
        {
            Assert.That(checkpoint.ReadConfig("vae").Source, Does.EndWith("config.json"));
            Assert.That(vae.Description, Does.StartWith(folder.File("folder/vae")));
        });
    }

    [Test]
    public void A_tokenizer_is_found_beside_the_file_and_pads_as_the_family_does()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        MiniModel.WriteTokenizer(folder.Path);
        var first = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion1()));
        var second = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion2(), name: "second.safetensors"));

        Assert.Multiple(() =>
        {
            Assert.That(first.LoadTokenizer("tokenizer").PadToken, Is.EqualTo(first.LoadTokenizer("tokenizer").EndToken));
            Assert.That(second.LoadTokenizer("tokenizer").PadToken, Is.Zero);
        });
    }

    [Test]
    public void Without_a_tokenizer_the_message_says_where_to_get_one()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var checkpoint = SingleFileCheckpoint.Open(MiniSingleFile.Write(folder, MiniSingleFile.StableDiffusion1()));

        Assert.That(() => checkpoint.LoadTokenizer("tokenizer"), Throws.TypeOf<ModelConfigException>().With.Message.Contains("vocab.json"));
    }

    private static Dictionary<string, Tensor> Without(Dictionary<string, Tensor> tensors, string prefix) =>
        tensors.Where(pair => !pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary();

    private static T Read<T>(SingleFileCheckpoint checkpoint, string component, Func<JsonElement, string, T> read)
    {
        var (json, source) = checkpoint.ReadConfig(component);
        return read(json, source);
    }

    private static void AssertFilled(nn.Module module, SingleFileCheckpoint checkpoint, string component, ScalarType stored)
    {
        using var weights = checkpoint.OpenWeights(component);
        WeightLoader.Load(module, weights);
        var loaded = module.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        HashWeights.Fill(module);
        Assert.That(module.state_dict().Where(pair => !pair.Value.to(stored).to(ScalarType.Float32).Equals(loaded[pair.Key])).Select(pair => pair.Key), Is.Empty);
    }

    private static void AssertSame(SingleFileCheckpoint checkpoint, string component, Dictionary<string, Tensor> expected)
    {
        using var weights = checkpoint.OpenWeights(component);
        Assert.That(weights.Tensors.Keys, Is.EquivalentTo(expected.Keys));
        foreach (var (name, tensor) in expected)
        {
            var read = empty(tensor.shape);
            weights.CopyTo(name, read);
            Assert.That(weights.Tensors[name].Shape, Is.EqualTo(tensor.shape), name);
            Assert.That(read.Equals(tensor), Is.True, name);
        }
    }
}
