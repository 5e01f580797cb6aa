using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// The edge's UNet with what it needs to be compared with its wider teacher: a map of each level's channels to the teacher's, which is
/// thrown away afterwards.
/// </summary>
internal sealed class EdgeStudent : nn.Module
{
    private readonly ModuleList<Conv2d> downMaps;
    private readonly ModuleList<Conv2d> upMaps;

    public EdgeStudent(UNet2DConditionConfig config, UNet2DConditionConfig teacher)
        : base(nameof(EdgeStudent))
    {
        UNet = new UNet2DConditionModel(config);
        register_module("unet", UNet);
        var levels = config.BlockOutChannels.Count;

        // The lowest level of the student does not halve its map, as the teacher's does, so on the way down they are compared above it.
        downMaps = Maps(Enumerable.Range(0, levels - 1), config, teacher);
        upMaps = Maps(Enumerable.Range(0, levels).Reverse(), config, teacher);
        RegisterComponents();
    }

    public UNet2DConditionModel UNet { get; }

    /// <summary>
    /// How far the student's feature maps are from the teacher's, in units of the teacher's variance, averaged over the levels.
    /// </summary>
    public Tensor FeatureLoss(UNetFeatures mine, UNetFeatures taught)
    {
        using var scope = NewDisposeScope();
        var down = downMaps.Select((map, i) => Distance(map.forward(mine.Down[i]), taught.Down[i]));
        var up = upMaps.Select((map, i) => Distance(map.forward(mine.Up[i]), taught.Up[taught.Up.Count - upMaps.Count + i]));
        return stack(down.Concat(up)).mean().MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            UNet.Dispose();
            downMaps.Dispose();
            upMaps.Dispose();
        }

        base.Dispose(disposing);
    }

    private static Tensor Distance(Tensor mine, Tensor taught) => F.mse_loss(mine, taught) / taught.var();

    private static ModuleList<Conv2d> Maps(IEnumerable<int> levels, UNet2DConditionConfig config, UNet2DConditionConfig teacher) =>
        new([.. levels.Select(level => nn.Conv2d(config.BlockOutChannels[level], teacher.BlockOutChannels[level], kernel_size: 1, device: ParameterPlacement.Here))]);
}
