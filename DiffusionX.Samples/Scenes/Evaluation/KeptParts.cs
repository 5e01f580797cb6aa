using DiffusionX.Checkpoints;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Judging;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>
/// How much of what was right in one picture a later one still shows, by the scenes' judge: of the things that the earlier shows and both
/// prompts ask for, the share that the later shows in the same colour and place; its backdrop and its time of day count like a thing
/// where neither prompt asks for another. NaN where there was nothing right.
/// </summary>
internal sealed class KeptParts : IKeptScorer
{
    // The centre within one cell of the grid that things are centred on, 16 pixels.
    private const float MostMoved = 1;

    private readonly SceneJudge judge;

    private KeptParts(SceneJudge judge) => this.judge = judge;

    /// <inheritdoc/>
    public string Name => "scenes judge, things in their colours and places, backdrop and time";

    /// <summary>With the judge of a folder of scenes models.</summary>
    /// <exception cref="CheckpointException">The file is missing, damaged, or holds something else.</exception>
    public static KeptParts Load(ScenesFolder folder) => new(SceneJudge.Load(folder));

    /// <inheritdoc/>
    public Tensor Score(IReadOnlyList<KeptPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var earlier = judge.Judge([.. pairs.Select(pair => pair.Earlier)]);
        var later = judge.Judge([.. pairs.Select(pair => pair.Later)]);
        return tensor(pairs.Select((pair, i) => (float)Kept(pair, earlier[i], later[i])).ToArray());
    }

    /// <inheritdoc/>
    public void Dispose() => judge.Dispose();

    private static double Kept(KeptPair pair, Verdict earlier, Verdict later)
    {
        var parts = Things(pair, earlier, later).Concat(Setting(pair, earlier, later)).ToArray();
        return parts.Length == 0 ? double.NaN : parts.Average(isKept => isKept ? 1.0 : 0.0);
    }

    private static IEnumerable<bool> Things(KeptPair pair, Verdict earlier, Verdict later) =>
        from thing in CaptionReader.Read(pair.EarlierPrompt).Intersect(CaptionReader.Read(pair.LaterPrompt))
        where earlier.Shows(thing.Kind, thing.Color)
        select later.Shows(thing.Kind, thing.Color) && (pair.MayMove || IsNear(earlier.PlaceOf(thing.Kind, thing.Color), later.PlaceOf(thing.Kind, thing.Color)));

    private static IEnumerable<bool> Setting(KeptPair pair, Verdict earlier, Verdict later)
    {
        var (before, after) = (CaptionReader.ReadSetting(pair.EarlierPrompt), CaptionReader.ReadSetting(pair.LaterPrompt));
        if (IsRight(before.Backdrop, earlier.Backdrop) && IsRight(after.Backdrop, earlier.Backdrop))
        {
            yield return later.Backdrop == earlier.Backdrop;
        }

        // A plain backdrop has no time of day.
        if (!SceneSampler.IsPlain(earlier.Backdrop) && IsRight(before.Time, earlier.Time) && IsRight(after.Time, earlier.Time))
        {
            yield return later.Time == earlier.Time;
        }
    }

    private static bool IsRight<T>(T? asked, T shown)
        where T : struct, Enum => asked is not { } wanted || EqualityComparer<T>.Default.Equals(wanted, shown);

    private static bool IsNear((float X, float Y) one, (float X, float Y) other) =>
        Math.Abs(one.X - other.X) <= MostMoved && Math.Abs(one.Y - other.Y) <= MostMoved;
}
