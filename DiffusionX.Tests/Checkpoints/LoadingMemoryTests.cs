using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints;

[TestFixture]
[Category("FullSize")]
[Platform("Linux", Reason = "The kernel's own peak of resident memory is read from /proc.")]
[NoTensorLeaks]
public sealed class LoadingMemoryTests
{
    private const double MostPerWeight = 1.15;

    private static readonly UNet2DConditionConfig TinySD = new()
    {
        BlockOutChannels = [320, 640, 1280],
        AttentionHeads = [8, 8, 8],
        DownAttends = [true, true, true],
        UpAttends = [true, true, true],
        MidBlock = UNetMidBlock.None,
        LayersPerBlock = 1,
        CrossAttentionDim = 768,
    };

    [TestCase(ScalarType.Float16, ScalarType.Float32)]
    [TestCase(ScalarType.Float32, ScalarType.Float32)]
    [TestCase(ScalarType.Float32, ScalarType.BFloat16)]
    [TestCase(ScalarType.Float16, ScalarType.BFloat16)]
    public void Loading_takes_little_more_memory_than_the_weights(ScalarType stored, ScalarType precision)
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("unet.safetensors"), stored);
        GC.Collect();
        var before = ResidentMemory.BeginPeak();

        using var placement = ParameterPlacement.On(CPU, precision);
        using var unet = new UNet2DConditionModel(TinySD);
        using var file = SafetensorsFile.Open(folder.File("unet.safetensors"));
        WeightLoader.Load(unet, file);

        var weights = unet.parameters().Sum(parameter => parameter.numel() * parameter.ElementSize);
        Assert.That((double)(ResidentMemory.Peak() - before) / weights, Is.LessThan(MostPerWeight));
    }

    private static void Write(string path, ScalarType dtype)
    {
        using var placement = ParameterPlacement.On(CPU, dtype);
        using var unet = new UNet2DConditionModel(TinySD);
        HashWeights.Fill(unet);
        SafetensorsWriter.Save(path, unet.state_dict());
    }
}
