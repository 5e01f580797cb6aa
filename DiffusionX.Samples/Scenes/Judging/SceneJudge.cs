using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Judging;

/// <summary>
/// Says which things of which colours pictures show, and before which backdrop: learned from drawings alone, and used only for measuring.
/// </summary>
internal sealed class SceneJudge : IDisposable
{
    private const int PicturesAtOnce = 64;

    private readonly JudgeNetwork network;

    private SceneJudge(JudgeNetwork network) => this.network = network;

    /// <summary>Loads the judge of a folder of scenes models.</summary>
    /// <exception cref="CheckpointException">The file is missing, damaged, or holds something else.</exception>
    public static SceneJudge Load(ScenesFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new SceneJudge(JudgeNetwork.Load(folder));
    }

    /// <summary>Judges pictures.</summary>
    /// <param name="pictures">Of any size; those of 128 × 128 pixels are taken as they are.</param>
    /// <param name="progress">Told how many are done.</param>
    public IReadOnlyList<Verdict> Judge(IReadOnlyList<Picture> pictures, IProgress<int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var verdicts = new List<Verdict>(pictures.Count);
        foreach (var batch in pictures.Chunk(PicturesAtOnce))
        {
            verdicts.AddRange(JudgeBatch(batch));
            progress?.Report(verdicts.Count);
        }

        return verdicts;
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private IEnumerable<Verdict> JudgeBatch(Picture[] pictures)
    {
        using var noGradient = inference_mode();
        using var scope = NewDisposeScope();
        var map = network.See(JudgeNetwork.Input(pictures));
        var features = JudgeNetwork.Features(map);
        var pairs = network.Pairs(map).exp();
        var backdrops = network.Backdrops(features).argmax(1);
        var times = network.Times(features).argmax(1);
        return [.. pictures.Select((_, i) => new Verdict(
            pairs[i].data<float>().ToArray(), (BackdropKind)backdrops[i].item<long>(), (TimeOfDay)times[i].item<long>(), features[i].data<float>().ToArray()))];
    }
}
