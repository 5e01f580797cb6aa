using DiffusionX.Checkpoints;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Scenes.Judging;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>
/// The scenes' judge in Inception's place: its features for Fréchet distances, and the backdrops that it tells apart as classes.
/// </summary>
internal sealed class JudgeFeatures : IPictureFeatures
{
    private readonly JudgeNetwork network;

    private JudgeFeatures(JudgeNetwork network) => this.network = network;

    /// <inheritdoc/>
    public string Name => $"scenes judge, {FeatureCount} features, {ClassCount} backdrops as classes";

    /// <inheritdoc/>
    public string Resize => JudgeNetwork.Resize;

    /// <inheritdoc/>
    public int FeatureCount => JudgeNetwork.FeatureCount;

    /// <inheritdoc/>
    public int ClassCount => SceneLabels.Backdrops;

    /// <summary>Loads the judge of a folder of scenes models.</summary>
    /// <exception cref="CheckpointException">The file is missing, damaged, or holds something else.</exception>
    public static JudgeFeatures Load(ScenesFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new JudgeFeatures(JudgeNetwork.Load(folder));
    }

    /// <inheritdoc/>
    public PictureDescription Describe(IReadOnlyList<Picture> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var features = JudgeNetwork.Features(network.See(JudgeNetwork.Input(pictures)));
        var backdrops = network.Backdrops(features);
        return new PictureDescription(features.MoveToOuterDisposeScope(), backdrops.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();
}
