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
        var places = Centres(network.PairMaps(map));
        var backdrops = network.Backdrops(features).argmax(1);
        var times = network.Times(features).argmax(1);
        return [.. pictures.Select((_, i) => new Verdict(
            pairs[i].data<float>().ToArray(), PlacesOf(places[i]), (BackdropKind)backdrops[i].item<long>(), (TimeOfDay)times[i].item<long>(), features[i].data<float>().ToArray()))];
    }

    /// <summary>
    /// The middle of each map's high parts, those of at least half of its maximum, [B, maps, 2] in cells: a thing lies over several of them.
    /// </summary>
    /// <param name="maps">[B, maps, h, w].</param>
    private static Tensor Centres(Tensor maps)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (maps.shape[2], maps.shape[3]);
        var high = maps * maps.ge(maps.amax([2, 3], keepdim: true) / 2);
        var mass = high.sum([2, 3]);
        var x = (high * (arange(width) + 0.5).view(1, 1, 1, width)).sum([2, 3]) / mass;
        var y = (high * (arange(height) + 0.5).view(1, 1, height, 1)).sum([2, 3]) / mass;
        return stack([x, y], -1).MoveToOuterDisposeScope();
    }

    private static (float X, float Y)[] PlacesOf(Tensor centres)
    {
        var numbers = centres.contiguous().data<float>().ToArray();
        return [.. Enumerable.Range(0, numbers.Length / 2).Select(i => (numbers[2 * i], numbers[(2 * i) + 1]))];
    }
}
