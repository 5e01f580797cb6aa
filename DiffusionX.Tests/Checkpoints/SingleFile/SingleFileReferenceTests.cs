using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.SingleFile;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.SingleFile;

[TestFixture]
[NoTensorLeaks]
public sealed class SingleFileReferenceTests
{
    private static readonly string[] Ignored = ["_class_name", "sample_size", "act_fn", "norm_num_groups"];

    [ReferenceCases("single-file")]
    public void Its_parts_hold_the_folders_tensors_under_the_folders_names(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var checkpoint = SingleFileCheckpoint.Open(SingleFileWriter.Write(folder, reference));

        Assert.Multiple(() =>
        {
            foreach (var component in Components(reference))
            {
                using var weights = checkpoint.OpenWeights(component);
                foreach (var entry in weights.Tensors.Values)
                {
                    var read = empty([.. entry.Shape]);
                    weights.CopyTo(entry.Name, read);
                    Assert.That(read.Equals(SingleFileWriter.Hash($"{component}/{entry.Name}", [.. entry.Shape])), Is.True, $"{component}/{entry.Name}");
                }
            }
        });
    }

    [ReferenceCases("single-file")]
    public void Its_configs_are_those_of_the_folder(ReferenceCase reference)
    {
        using var folder = new TemporaryFolder();
        var checkpoint = SingleFileCheckpoint.Open(SingleFileWriter.Write(folder, reference));

        Assert.Multiple(() =>
        {
            AssertSame(reference.Config.GetProperty("unet"), checkpoint.ReadConfig("unet").Json);
            AssertSame(reference.Config.GetProperty("vae"), checkpoint.ReadConfig("vae").Json);
            foreach (var text in reference.Config.GetProperty("texts").EnumerateObject())
            {
                AssertSame(text.Value, checkpoint.ReadConfig(text.Name).Json);
            }
        });
    }

    [ReferenceCases("single-file")]
    public void Its_VAE_decodes_as_that_of_diffusers(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var folder = new TemporaryFolder();
        var checkpoint = SingleFileCheckpoint.Open(SingleFileWriter.Write(folder, reference));
        var (config, source) = checkpoint.ReadConfig("vae");
        using var vae = new AutoencoderKL(AutoencoderKLConfig.FromJson(config, source));
        using var weights = checkpoint.OpenWeights("vae");
        WeightLoader.Load(vae, weights);

        reference.AssertClose("image", vae.Decode(reference.Input("latent")));
    }

    [ReferenceCases("single-file")]
    public void Its_UNet_predicts_what_that_of_diffusers_predicts(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var folder = new TemporaryFolder();
        var checkpoint = SingleFileCheckpoint.Open(SingleFileWriter.Write(folder, reference));
        var (config, source) = checkpoint.ReadConfig("unet");
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.FromJson(config, source));
        using var weights = checkpoint.OpenWeights("unet");
        WeightLoader.Load(unet, weights);
        var conditions = reference.HasInput("time_ids")
            ? new AddedConditions { TextEmbeddings = reference.Input("text_embeds"), TimeIds = reference.Input("time_ids") }
            : null;
        using var text = unet.Attend(reference.Input("encoder_hidden_states"), conditions);

        reference.AssertClose("sample", unet.Forward(reference.Input("sample"), reference.Input("timestep"), text));
    }

    private static IEnumerable<string> Components(ReferenceCase reference) =>
        ["unet", "vae", .. reference.Config.GetProperty("texts").EnumerateObject().Select(text => text.Name)];

    private static void AssertSame(JsonElement expected, JsonElement actual)
    {
        foreach (var setting in expected.EnumerateObject().Where(setting => !Ignored.Contains(setting.Name)))
        {
            Assert.That(actual.TryGetProperty(setting.Name, out var value) ? value.GetRawText() : Default(setting.Name), Is.EqualTo(Compact(setting.Value)), setting.Name);
        }
    }

    private static string Default(string name) => name == "transformer_layers_per_block" ? "1" : "absent";

    private static string Compact(JsonElement value) => JsonSerializer.Serialize(value);
}
