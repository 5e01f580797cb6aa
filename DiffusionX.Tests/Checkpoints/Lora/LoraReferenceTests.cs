using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.Lora;
using DiffusionX.Models.UNet;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.Lora;

[TestFixture]
[NoTensorLeaks]
public sealed class LoraReferenceTests
{
    [ReferenceCases("lora")]
    public void A_UNet_with_a_merged_LoRA_predicts_what_diffusers_predicts(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var folder = new TemporaryFolder();
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(unet);
        SafetensorsWriter.Save(folder.File("unet.safetensors"), unet.state_dict());
        using var merger = new LoraMerger([new LoraPart(ModelComponent.UNet, unet, SafetensorsFile.Open(folder.File("unet.safetensors")), CheckpointKeys.Exact)]);
        using var lora = LoraFile.Open(Write(folder, reference));

        merger.Merge([new WeightedLora(lora, reference.Number("scale"))]);

        var conditions = reference.HasInput("time_ids")
            ? new AddedConditions { TextEmbeddings = reference.Input("text_embeds"), TimeIds = reference.Input("time_ids") }
            : null;
        using var text = unet.Attend(reference.Input("encoder_hidden_states"), conditions);
        reference.AssertClose("sample", unet.Forward(reference.Input("sample"), reference.Input("timestep"), text));
    }

    private static string Write(TemporaryFolder folder, ReferenceCase reference)
    {
        var tensors = reference.Json.GetProperty("file").EnumerateObject().ToDictionary(entry => entry.Name, entry => Make(entry, reference.Number("alpha")));
        var metadata = reference.Text("style") == "peft" ? AdapterMetadata(reference) : [];
        SafetensorsWriter.Save(folder.File("lora.safetensors"), tensors, metadata);
        return folder.File("lora.safetensors");
    }

    private static Tensor Make(JsonProperty entry, double alpha)
    {
        if (entry.Name.EndsWith(".alpha", StringComparison.Ordinal))
        {
            return tensor((float)alpha);
        }

        var values = empty([.. entry.Value.EnumerateArray().Select(size => size.GetInt64())]);
        HashWeights.Fill($"lora:{entry.Name}", values);
        return values;
    }

    private static Dictionary<string, string> AdapterMetadata(ReferenceCase reference) => new()
    {
        ["lora_adapter_metadata"] = JsonSerializer.Serialize(
            new Dictionary<string, double> { ["unet.r"] = reference.Number("rank"), ["unet.lora_alpha"] = reference.Number("alpha") }),
    };
}
