using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Judging;

/// <summary>
/// The judge's network: convolutions that look at the picture, and at each place of what they make of it the questions which kind of thing
/// is there, and which colour. A red house is where both a house and red are. It shares nothing with the models that it judges.
/// </summary>
internal sealed class JudgeNetwork : nn.Module
{
    private const int Groups = 8;
    private static readonly int[] Widths = [24, 48, 96, 128];

    private readonly Sequential trunk;
    private readonly Conv2d kinds;
    private readonly Conv2d colors;
    private readonly Linear backdrops;
    private readonly Linear times;

    public JudgeNetwork()
        : base(nameof(JudgeNetwork))
    {
        var halving = Widths.Select((width, i) => ($"block{i}", (nn.Module<Tensor, Tensor>)Block(nn.Conv2d(i == 0 ? 3 : Widths[i - 1], width, kernel_size: 4, stride: 2, padding: 1), width)));
        var looking = ("look", (nn.Module<Tensor, Tensor>)Block(nn.Conv2d(Widths[^1], Widths[^1], kernel_size: 3, padding: 1), Widths[^1]));
        trunk = nn.Sequential([.. halving, looking]);
        kinds = nn.Conv2d(Widths[^1], SceneLabels.Kinds, kernel_size: 1);
        colors = nn.Conv2d(Widths[^1], SceneLabels.Colors, kernel_size: 1);
        backdrops = nn.Linear(FeatureCount, SceneLabels.Backdrops);
        times = nn.Linear(FeatureCount, SceneLabels.Times);
        RegisterComponents();
    }

    /// <summary>How many numbers describe a picture.</summary>
    public static int FeatureCount => 2 * Widths[^1];

    /// <summary>The judge of a folder of scenes models.</summary>
    /// <exception cref="CheckpointException">The file is missing, damaged, or holds something else.</exception>
    public static JudgeNetwork Load(ScenesFolder folder)
    {
        TorchRuntime.EnsureLoaded();
        using var file = SafetensorsFile.Open(folder.JudgeFile);
        var network = new JudgeNetwork();
        WeightLoader.Load(network, file, CheckpointKeys.Exact);
        return network;
    }

    /// <summary>How pictures are brought to its size.</summary>
    public static string Resize => $"none at {ScenesModels.PictureSize}×{ScenesModels.PictureSize}, else bicubic to it";

    /// <summary>Pictures of any size as it takes them, [B, 3, H, W] in [-1, 1].</summary>
    public static Tensor Input(IReadOnlyList<Picture> pictures) => cat([.. pictures.Select(picture => Fit(picture).ToTensor(PixelRange.MinusOneToOne))], 0);

    /// <summary>What the judge sees in pictures, before it answers any question.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>[B, C, H/16, W/16].</returns>
    public Tensor See(Tensor images) => trunk.forward(images);

    /// <summary>The mean and the maximum of what it sees: [B, <see cref="FeatureCount"/>].</summary>
    /// <param name="map">From <see cref="See"/>.</param>
    public static Tensor Features(Tensor map)
    {
        using var scope = NewDisposeScope();
        return cat([map.mean([2, 3]), map.amax([2, 3])], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The logarithms of the probabilities that there is a thing of a kind and colour, [B, kinds · colours]: at the place where that is
    /// likeliest.
    /// </summary>
    /// <param name="map">From <see cref="See"/>.</param>
    public Tensor Pairs(Tensor map)
    {
        using var scope = NewDisposeScope();
        var kind = F.logsigmoid(kinds.forward(map)).flatten(2).unsqueeze(2);
        var color = F.logsigmoid(colors.forward(map)).flatten(2).unsqueeze(1);
        return (kind + color).amax([3]).flatten(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// How likely a thing of a kind and colour is at each place, [B, kinds · colours, H/16, W/16]: what <see cref="Pairs"/> takes the
    /// maxima of.
    /// </summary>
    /// <param name="map">From <see cref="See"/>.</param>
    public Tensor PairMaps(Tensor map)
    {
        using var scope = NewDisposeScope();
        var kind = kinds.forward(map).sigmoid().unsqueeze(2);
        var color = colors.forward(map).sigmoid().unsqueeze(1);
        return (kind * color).flatten(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>The logits of the backdrops, [B, backdrops].</summary>
    public Tensor Backdrops(Tensor features) => backdrops.forward(features);

    /// <summary>The logits of the times of day, [B, times].</summary>
    public Tensor Times(Tensor features) => times.forward(features);

    private static Picture Fit(Picture picture) => picture is { Width: ScenesModels.PictureSize, Height: ScenesModels.PictureSize }
        ? picture
        : picture.Resize(ScenesModels.PictureSize, ScenesModels.PictureSize);

    private static Sequential Block(Conv2d convolution, int outputs) => nn.Sequential(
        ("conv", convolution), ("norm", nn.GroupNorm(Groups, outputs)), ("activation", nn.SiLU()));
}
