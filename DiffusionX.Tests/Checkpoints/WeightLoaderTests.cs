using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Models.Vae;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints;

[TestFixture]
[NoTensorLeaks]
public sealed class WeightLoaderTests
{
    private static readonly AutoencoderKLConfig SmallVae = new() { BlockOutChannels = [8, 8], NormGroups = 4 };

    [Test]
    public void A_module_is_filled_with_what_the_file_holds()
    {
        using var folder = new TemporaryFolder();
        using var original = Vae();
        using var copy = new AutoencoderKL(SmallVae);
        using var file = Write(folder, original.state_dict());

        WeightLoader.Load(copy, file);

        Assert.That(copy.state_dict().All(pair => pair.Value.Equals(original.state_dict()[pair.Key])), Is.True);
    }

    [Test]
    public void Every_key_that_does_not_fit_is_listed_in_one_error()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var vae = Vae();
        var tensors = vae.state_dict().ToDictionary();
        tensors.Remove("encoder.conv_in.weight");
        tensors.Remove("decoder.conv_out.bias");
        tensors["quant_conv.bias"] = ones(3);
        tensors["a.stranger"] = ones(1);
        using var file = Write(folder, tensors);

        Assert.That(
            () => WeightLoader.Load(vae, file),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("2 missing")
                .And.Message.Contains("encoder.conv_in.weight").And.Message.Contains("decoder.conv_out.bias")
                .And.Message.Contains("quant_conv.bias F32 [3] (expected [8])").And.Message.Contains("a.stranger"));
    }

    [Test]
    public void Nothing_is_filled_when_something_does_not_fit()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var vae = Vae();
        var before = vae.state_dict()["quant_conv.weight"].clone();
        var tensors = vae.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.add(1));
        tensors["a.stranger"] = ones(1);
        using var file = Write(folder, tensors);

        Assert.Multiple(() =>
        {
            Assert.That(() => WeightLoader.Load(vae, file), Throws.TypeOf<CheckpointException>());
            Assert.That(vae.state_dict()["quant_conv.weight"].Equals(before), Is.True);
        });
    }

    [Test]
    public void The_attention_of_old_VAE_files_is_read_under_its_old_names_and_shapes()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var original = Vae();
        using var copy = new AutoencoderKL(SmallVae);
        using var file = Write(folder, original.state_dict().ToDictionary(pair => OldName(pair.Key), pair => OldShape(pair.Key, pair.Value)));

        WeightLoader.Load(copy, file, CheckpointKeys.Autoencoder);

        Assert.That(copy.state_dict().All(pair => pair.Value.Equals(original.state_dict()[pair.Key])), Is.True);
    }

    [Test]
    public void The_text_half_of_a_whole_CLIP_file_is_read_alone()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var config = new ClipTextConfig { HiddenSize = 8, IntermediateSize = 8, Layers = 1, Heads = 2, VocabularySize = 10 };
        using var original = new ClipTextModel(config);
        HashWeights.Fill(original);
        using var copy = new ClipTextModel(config);
        var tensors = original.state_dict().ToDictionary();
        tensors["text_model.embeddings.position_ids"] = arange(77);
        tensors["vision_model.embeddings.class_embedding"] = ones(8);
        tensors["logit_scale"] = tensor(1f);
        using var file = Write(folder, tensors);

        WeightLoader.Load(copy, file, CheckpointKeys.ClipText);

        Assert.That(copy.state_dict().All(pair => pair.Value.Equals(original.state_dict()[pair.Key])), Is.True);
    }

    [Test]
    public void A_text_encoder_is_read_without_the_prefix_of_its_names()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var config = new ClipTextConfig { HiddenSize = 8, IntermediateSize = 8, Layers = 1, Heads = 2, VocabularySize = 10 };
        using var original = new ClipTextModel(config);
        HashWeights.Fill(original);
        using var copy = new ClipTextModel(config);
        var tensors = original.state_dict().ToDictionary(pair => pair.Key.Replace("text_model.", "", StringComparison.Ordinal), pair => pair.Value);
        tensors["embeddings.position_ids"] = arange(77);
        using var file = Write(folder, tensors);

        WeightLoader.Load(copy, file, CheckpointKeys.ClipTextWithoutProjection);

        Assert.That(copy.state_dict().All(pair => pair.Value.Equals(original.state_dict()[pair.Key])), Is.True);
    }

    private static AutoencoderKL Vae()
    {
        var vae = new AutoencoderKL(SmallVae);
        HashWeights.Fill(vae);
        return vae;
    }

    private static SafetensorsFile Write(TemporaryFolder folder, Dictionary<string, Tensor> tensors)
    {
        SafetensorsWriter.Save(folder.File("x.safetensors"), tensors);
        return SafetensorsFile.Open(folder.File("x.safetensors"));
    }

    private static string OldName(string name) => name
        .Replace(".to_q.", ".query.", StringComparison.Ordinal).Replace(".to_k.", ".key.", StringComparison.Ordinal)
        .Replace(".to_v.", ".value.", StringComparison.Ordinal).Replace(".to_out.0.", ".proj_attn.", StringComparison.Ordinal);

    private static Tensor OldShape(string name, Tensor tensor) =>
        name.Contains(".to_q.weight", StringComparison.Ordinal) ? tensor.view(8, 8, 1, 1) : tensor;
}
