using System.Security.Cryptography;
using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.Lora;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.Lora;

[TestFixture]
[NoTensorLeaks]
public sealed class LoraTests
{
    private const string Kohya = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
    private const string Module = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";

    [TestCase($"{Kohya}.lora_down.weight", $"{Kohya}.lora_up.weight", Description = "kohya")]
    [TestCase("lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q.lora_down.weight", "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q.lora_up.weight", Description = "kohya, SDXL")]
    [TestCase($"unet.{Module}.lora_A.weight", $"unet.{Module}.lora_B.weight", Description = "diffusers")]
    [TestCase($"unet.{Module}.lora.down.weight", $"unet.{Module}.lora.up.weight", Description = "diffusers 0.20")]
    [TestCase("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.down.weight", "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.up.weight", Description = "diffusers 0.17")]
    [TestCase($"base_model.model.{Module}.lora_A.weight", $"base_model.model.{Module}.lora_B.weight", Description = "PEFT")]
    [TestCase($"unet.base_model.model.{Module}.lora_A.default.weight", $"unet.base_model.model.{Module}.lora_B.default.weight", Description = "PEFT with its adapter's name")]
    [TestCase("diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.lora_down.weight", "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.lora_up.weight", Description = "ComfyUI")]
    public void A_layer_of_the_UNet_is_found_by_every_name_that_files_have_for_it(string down, string up)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var expected = model.Weight(LoraModel.Query).clone() + mm(ones(8, 2) * 3, ones(2, 8));
        using var lora = model.Lora(new Dictionary<string, Tensor> { [down] = ones(2, 8), [up] = ones(8, 2) * 3 });

        model.Merge(new WeightedLora(lora, 1));

        Assert.That(model.Weight(LoraModel.Query).allclose(expected), Is.True);
    }

    [TestCase("lora_te_text_model_encoder_layers_0_self_attn_q_proj", 8, 8, "text_model.encoder.layers.0.self_attn.q_proj.weight")]
    [TestCase("lora_te1_text_model_encoder_layers_0_mlp_fc1", 8, 8, "text_model.encoder.layers.0.mlp.fc1.weight")]
    [TestCase("lora_te2_text_model_encoder_layers_0_mlp_fc1", 16, 8, "text_model.encoder.layers.0.mlp.fc1.weight")]
    [TestCase("lora_te2_text_projection", 16, 12, "text_projection.weight")]
    [TestCase("text_encoder.text_model.encoder.layers.0.self_attn.q_proj", 8, 8, "text_model.encoder.layers.0.self_attn.q_proj.weight")]
    [TestCase("text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj", 16, 16, "text_model.encoder.layers.0.self_attn.q_proj.weight")]
    [TestCase("text_encoder.encoder.layers.0.self_attn.q_proj", 8, 8, "text_model.encoder.layers.0.self_attn.q_proj.weight", Description = "without the prefix")]
    [TestCase("base_model.model.text_model.encoder.layers.0.self_attn.q_proj", 16, 16, "text_model.encoder.layers.0.self_attn.q_proj.weight", Description = "the one that fits")]
    [TestCase("lora_unet_mid_block_resnets_0_time_emb_proj", 32, 16, "mid_block.resnets.0.time_emb_proj.weight")]
    [TestCase("lora_unet_time_embed_0", 8, 32, "time_embedding.linear_1.weight")]
    [TestCase("lora_unet_output_blocks_3_1_transformer_blocks_0_ff_net_2", 32, 8, "up_blocks.1.attentions.1.transformer_blocks.0.ff.net.2.weight")]
    [TestCase("unet.up_blocks.1.attentions.1.proj_out", 8, 8, "up_blocks.1.attentions.1.proj_out.weight", Description = "a linear layer for a 1×1 convolution")]
    public void Layers_of_all_parts_are_found(string layer, int inputs, int outputs, string changed)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var before = model.Copy();
        using var lora = model.Lora(new Dictionary<string, Tensor> { [$"{layer}.lora_down.weight"] = ones(2, inputs), [$"{layer}.lora_up.weight"] = ones(outputs, 2) });

        model.Merge(new WeightedLora(lora, 1));

        Assert.That(model.Changed(before), Is.EqualTo(new[] { changed }));
    }

    [TestCase("lora_unet_down_blocks_0_resnets_0_conv1", "down_blocks.0.resnets.0.conv1.weight", 8, 8)]
    [TestCase("lora_unet_input_blocks_2_0_op", "down_blocks.0.downsamplers.0.conv.weight", 8, 8)]
    [TestCase("lora_unet_output_blocks_1_1_conv", "up_blocks.0.upsamplers.0.conv.weight", 16, 16)]
    [TestCase("lora_unet_input_blocks_3_0_in_layers_2", "down_blocks.1.resnets.0.conv1.weight", 8, 16)]
    public void A_convolutions_change_is_the_product_of_its_kernel_and_a_one_by_one(string layer, string weight, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var (down, up) = (rand(2, inputs, 3, 3), rand(outputs, 2, 1, 1));
        var delta = nn.functional.conv2d(down.permute(1, 0, 2, 3), up).permute(1, 0, 2, 3);
        var expected = model.Weight(weight).clone() + delta;
        using var lora = model.Lora(new Dictionary<string, Tensor> { [$"{layer}.lora_down.weight"] = down, [$"{layer}.lora_up.weight"] = up });

        model.Merge(new WeightedLora(lora, 1));

        Assert.That(model.Weight(weight).allclose(expected), Is.True);
    }

    [TestCase(4.0, 2.0)]
    [TestCase(1.0, 0.5)]
    [TestCase(null, 1.0)]
    public void Alpha_divided_by_the_rank_scales_the_change(double? alpha, double scale)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var tensors = Ones(Kohya);
        if (alpha is { } number)
        {
            tensors[$"{Kohya}.alpha"] = tensor((float)number);
        }

        var expected = model.Weight(LoraModel.Query).clone() + (scale * 2);
        using var lora = model.Lora(tensors);

        model.Merge(new WeightedLora(lora, 1));

        Assert.That(model.Weight(LoraModel.Query).allclose(expected), Is.True);
    }

    [TestCase("""{"unet.r": 2, "unet.lora_alpha": 6}""", 3.0)]
    [TestCase("""{"unet.r": 2, "unet.lora_alpha": 6, "unet.alpha_pattern": {"attn1.to_q": 8}}""", 4.0)]
    [TestCase("""{"unet.r": 2, "unet.lora_alpha": 6, "unet.alpha_pattern": {"attn2.to_q": 8}}""", 3.0)]
    [TestCase("""{"unet.r": 2, "unet.lora_alpha": 6, "unet.use_rslora": true}""", 4.242640687)]
    [TestCase("""{"text_encoder.lora_alpha": 6}""", 1.0)]
    public void The_config_in_the_metadata_says_alpha_where_the_file_has_none(string config, double scale)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var expected = model.Weight(LoraModel.Query).clone() + (scale * 2);
        using var lora = model.Lora(OnesOfPeft($"unet.{Module}"), new Dictionary<string, string> { ["lora_adapter_metadata"] = config });

        model.Merge(new WeightedLora(lora, 1));

        Assert.That(model.Weight(LoraModel.Query).allclose(expected), Is.True);
    }

    [Test]
    public void PEFTs_config_beside_the_file_says_alpha()
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var expected = model.Weight(LoraModel.Query).clone() + (3 * 2);
        model.WriteBeside("adapter_config.json", """{"peft_type": "LORA", "r": 2, "lora_alpha": 6}""");
        using var lora = model.Lora(OnesOfPeft($"base_model.model.{Module}"));

        model.Merge(new WeightedLora(lora, 1));

        Assert.That(model.Weight(LoraModel.Query).allclose(expected), Is.True);
    }

    [Test]
    public void Several_are_added_up_each_with_its_own_strength()
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var expected = model.Weight(LoraModel.Query).clone() + ((0.5 * 2) - (2 * 2 * 3));
        using var one = model.Lora(Ones(Kohya), name: "one.safetensors");
        using var three = model.Lora(Ones(Kohya, times: 3), name: "three.safetensors");

        model.Merge(new WeightedLora(one, 0.5), new WeightedLora(three, -2));

        Assert.That(model.Weight(LoraModel.Query).allclose(expected), Is.True);
    }

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float16)]
    [TestCase(ScalarType.BFloat16)]
    public void Taken_off_it_leaves_no_trace_and_put_on_again_it_is_the_same(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel(dtype);
        var before = model.Copy();
        using var lora = model.Lora(Ones(Kohya, times: 0.1f));
        using var other = model.Lora(Ones("lora_te_text_model_encoder_layers_0_mlp_fc1"), name: "other.safetensors");

        model.Merge(new WeightedLora(lora, 0.3));
        var merged = model.Copy();
        model.Merge(new WeightedLora(other, 7));
        model.Merge();
        var off = model.Changed(before);
        model.Merge(new WeightedLora(lora, 0.3));

        Assert.Multiple(() =>
        {
            Assert.That(off, Is.Empty);
            Assert.That(model.Changed(before), Is.EqualTo(new[] { LoraModel.Query }));
            Assert.That(model.Changed(merged), Is.Empty);
        });
    }

    [Test]
    public void The_sum_is_rounded_once_to_the_models_precision()
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel(ScalarType.BFloat16);
        var sum = model.Weight(LoraModel.Query).to(ScalarType.Float32) + (0.01f * 2) + (0.002f * 2);
        using var one = model.Lora(Ones(Kohya), name: "one.safetensors");
        using var two = model.Lora(Ones(Kohya), name: "two.safetensors");

        model.Merge(new WeightedLora(one, 0.01), new WeightedLora(two, 0.002));

        Assert.That(model.Weight(LoraModel.Query).Equals(sum.to(ScalarType.BFloat16)), Is.True);
    }

    [Test]
    public void One_of_another_model_is_refused_by_the_names_of_its_layers_and_nothing_changes()
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var before = model.Copy();
        using var good = model.Lora(Ones(Kohya), name: "good.safetensors");
        using var stranger = model.Lora(Ones("lora_unet_down_blocks_7_attentions_0_proj_in"));

        Assert.Multiple(() =>
        {
            Assert.That(
                () => model.Merge(new WeightedLora(good, 1), new WeightedLora(stranger, 1)),
                Throws.TypeOf<CheckpointException>().With.Message.Contains("another model").And.Message.Contains("down_blocks_7_attentions_0_proj_in"));
            Assert.That(model.Changed(before), Is.Empty);
        });
    }

    [TestCase(2, 16, 8, 2, Description = "another width in")]
    [TestCase(2, 8, 16, 2, Description = "another width out")]
    [TestCase(2, 8, 8, 3, Description = "two ranks")]
    [TestCase(0, 8, 8, 0, Description = "no rank")]
    public void Matrices_that_do_not_fit_are_refused(int rankDown, int inputs, int outputs, int rankUp)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        using var lora = model.Lora(new Dictionary<string, Tensor> { [$"{Kohya}.lora_down.weight"] = ones(rankDown, inputs), [$"{Kohya}.lora_up.weight"] = ones(outputs, rankUp) });

        Assert.That(() => model.Merge(new WeightedLora(lora, 1)), Throws.TypeOf<CheckpointException>().With.Message.Contains("another model").And.Message.Contains(LoraModel.Query));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_strength_that_is_no_number_is_refused(double strength)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        using var lora = model.Lora(Ones(Kohya));

        Assert.That(() => model.Merge(new WeightedLora(lora, strength)), Throws.TypeOf<CheckpointException>().With.Message.Contains("strength"));
    }

    [TestCase($"{Kohya}.dora_scale", "DoRA")]
    [TestCase($"unet.{Module}.lora_magnitude_vector", "DoRA")]
    [TestCase($"{Kohya}.hada_w1_a", "LoHa")]
    [TestCase($"{Kohya}.lokr_w1", "LoKr")]
    [TestCase($"{Kohya}.lora_mid.weight", "Tucker")]
    [TestCase($"{Kohya}.diff_b", "differences")]
    [TestCase("conv_in.weight", "'tensors are no LoRA's'")]
    public void What_is_no_plain_LoRA_is_refused_in_a_sentence(string key, string named)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var tensors = Ones(Kohya);
        tensors[key] = ones(8);

        Assert.That(
            () => model.Lora(tensors),
            Throws.TypeOf<CheckpointException>().With.Message.Contains(named.Trim('\'')).And.Message.Contains(key).And.Message.Contains("lora.safetensors"));
    }

    [Test]
    public void A_layer_with_one_of_its_matrices_is_refused()
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var tensors = Ones(Kohya);
        tensors.Remove($"{Kohya}.lora_up.weight");

        Assert.That(() => model.Lora(tensors), Throws.TypeOf<CheckpointException>().With.Message.Contains(Kohya));
    }

    [TestCase("[1]")]
    [TestCase("{")]
    public void A_config_that_is_no_JSON_object_is_refused(string config)
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();

        Assert.That(
            () => model.Lora(OnesOfPeft($"unet.{Module}"), new Dictionary<string, string> { ["lora_adapter_metadata"] = config }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("lora_adapter_metadata"));
    }

    [Test]
    public void An_alpha_that_is_no_number_is_refused()
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        var tensors = Ones(Kohya);
        tensors[$"{Kohya}.alpha"] = tensor(float.NaN);
        using var lora = model.Lora(tensors);

        Assert.That(() => model.Merge(new WeightedLora(lora, 1)), Throws.TypeOf<CheckpointException>().With.Message.Contains("alpha"));
    }

    [Test]
    public void Its_identity_is_the_hash_of_its_bytes()
    {
        using var scope = NewDisposeScope();
        using var model = new LoraModel();
        using var lora = model.Lora(Ones(Kohya));

        Assert.That(lora.Hash, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(lora.Path)))));
    }

    private static Dictionary<string, Tensor> Ones(string layer, float times = 1) =>
        new() { [$"{layer}.lora_down.weight"] = ones(2, 8), [$"{layer}.lora_up.weight"] = ones(8, 2) * times };

    private static Dictionary<string, Tensor> OnesOfPeft(string layer) => new() { [$"{layer}.lora_A.weight"] = ones(2, 8), [$"{layer}.lora_B.weight"] = ones(8, 2) };
}
