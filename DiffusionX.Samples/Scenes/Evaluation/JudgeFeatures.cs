using DiffusionX.Checkpoints;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Runtime;
using DiffusionX.Scenes.Judging;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>The scenes' judge in Inception's place: its features for Fréchet distances, and the backdrops that it tells apart as classes.</summary>
public sealed class JudgeFeatures : IPictureFeatures
{
    private readonly JudgeNetwork network;

    private JudgeFeatures(JudgeNetwork network) => this.network = network;

    /// <inheritdoc/>
    public string Name => $"scenes judge, {FeatureCount} features, {ClassCount} backdrops as classes";

    /// <inheritdoc/>
    public string Resize => $"none at {ScenesModels.PictureSize}×{ScenesModels.PictureSize}, else bicubic to it";

    /// <inheritdoc/>
    public int FeatureCount => JudgeNetwork.FeatureCount;

    /// <inheritdoc/>
    public int ClassCount => SceneLabels.Backdrops;

    /// <summary>Loads the judge of a folder of scenes models.</summary>
    /// <exception cref="CheckpointException">The file is missing, damaged, or holds something else.</exception>
    public static JudgeFeatures Load(ScenesFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        TorchRuntime.EnsureLoaded();
        using var file = SafetensorsFile.Open(folder.JudgeFile);
        var network = new JudgeNetwork();
        WeightLoader.Load(network, file, CheckpointKeys.Exact);
        return new JudgeFeatures(network);
    }

    /// <inheritdoc/>
    public PictureDescription Describe(IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var features = JudgeNetwork.Features(network.See(cat([.. pictures.Select(picture => Fit(picture).ToTensor(PixelRange.MinusOneToOne))], 0)));
        var backdrops = network.Backdrops(features);
        return new PictureDescription(features.MoveToOuterDisposeScope(), backdrops.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private static Picture Fit(Picture picture) => picture is { Width: ScenesModels.PictureSize, Height: ScenesModels.PictureSize }
        ? picture
        : picture.Resize(ScenesModels.PictureSize, ScenesModels.PictureSize);
}
