using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.Lora;
using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.Lora;

/// <summary>A small model that LoRAs are merged into: a UNet and two text encoders, with their weights in files.</summary>
internal sealed class LoraModel : IDisposable
{
    public const string Query = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight";

    private static readonly UNet2DConditionConfig UNetConfig = new()
    {
        BlockOutChannels = [8, 16],
        AttentionHeads = [2, 2],
        DownAttends = [true, false],
        UpAttends = [false, true],
        LayersPerBlock = 1,
        CrossAttentionDim = 8,
        NormGroups = 4,
    };

    private readonly TemporaryFolder folder = new();
    private readonly LoraMerger merger;

    public LoraModel(ScalarType dtype = ScalarType.Float32)
    {
        using var placement = ParameterPlacement.On(CPU, dtype);
        UNet = new UNet2DConditionModel(UNetConfig);
        Text = new ClipTextModel(TextConfig(width: 8));
        Text2 = new ClipTextModel(TextConfig(width: 16) with { ProjectionDim = 12 });
        merger = new LoraMerger([Write(ModelComponent.UNet, UNet), Write(ModelComponent.TextEncoder, Text), Write(ModelComponent.TextEncoder2, Text2)]);
    }

    public UNet2DConditionModel UNet { get; }

    public ClipTextModel Text { get; }

    public ClipTextModel Text2 { get; }

    public Tensor Weight(string name) => UNet.state_dict()[name];

    /// <summary>Copies of all weights, for the current scope to dispose.</summary>
    public Dictionary<string, Tensor> Copy() => new nn.Module[] { UNet, Text, Text2 }
        .SelectMany((module, part) => module.state_dict().Select(pair => KeyValuePair.Create($"{part}.{pair.Key}", pair.Value.clone())))
        .ToDictionary();

    /// <summary>The weights that differ from copies.</summary>
    public string[] Changed(Dictionary<string, Tensor> copies) =>
        [.. Copy().Where(pair => !pair.Value.Equals(copies[pair.Key])).Select(pair => pair.Key[(pair.Key.IndexOf('.', StringComparison.Ordinal) + 1)..])];

    public void Merge(params IReadOnlyList<WeightedLora> loras) => merger.Merge(loras);

    /// <summary>Writes and opens a LoRA; the caller disposes it.</summary>
    public LoraFile Lora(Dictionary<string, Tensor> tensors, Dictionary<string, string>? metadata = null, string name = "lora.safetensors")
    {
        SafetensorsWriter.Save(folder.File(name), tensors, metadata);
        return LoraFile.Open(folder.File(name));
    }

    public void WriteBeside(string name, string content) => folder.Write(name, content);

    public void Dispose()
    {
        merger.Dispose();
        UNet.Dispose();
        Text.Dispose();
        Text2.Dispose();
        folder.Dispose();
    }

    private static ClipTextConfig TextConfig(int width) => new() { HiddenSize = width, IntermediateSize = 8, Layers = 1, Heads = 2, VocabularySize = 10 };

    private LoraPart Write(string part, nn.Module module)
    {
        HashWeights.Fill(module);
        SafetensorsWriter.Save(folder.File($"{part}.safetensors"), module.state_dict());
        return new LoraPart(part, module, SafetensorsFile.Open(folder.File($"{part}.safetensors")), CheckpointKeys.Exact);
    }
}
