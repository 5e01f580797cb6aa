using DiffusionX.Evaluation;
using DiffusionX.Imaging;
using DiffusionX.Runtime;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Judging;
using DiffusionX.Scenes.Streams;
using DiffusionX.Scenes.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>Measures the scenes models on scenes that training never saw.</summary>
internal sealed class SceneEvaluation : IDisposable
{
    /// <summary>Among how many pictures CLIP has to find the right one.</summary>
    public const int RetrievalGroup = 64;

    private const int Reconstructions = 256;
    private const int ReferenceDrawings = 2000;

    // The drawings that distances are measured to are others than those whose captions are drawn.
    private const int FirstReference = 1_000_000;

    private readonly SceneEvaluationSettings settings;
    private readonly SceneJudge judge;
    private readonly SceneClip clip;
    private readonly ScenePicture[] unseen;
    private readonly ScenePicture[] heldOut;

    /// <param name="settings">What to measure.</param>
    /// <exception cref="EvaluationException">There are too few captions.</exception>
    public SceneEvaluation(SceneEvaluationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Captions < RetrievalGroup)
        {
            throw new EvaluationException($"{settings.Captions} captions are too few; at least {RetrievalGroup} are needed.");
        }

        TorchRuntime.EnsureLoaded();
        this.settings = settings;
        judge = SceneJudge.Load(settings.Weights);
        clip = new SceneClip(settings.Weights);
        unseen = Scenes(SceneSplit.Evaluation, 0, settings.Captions);
        heldOut = Scenes(SceneSplit.HeldOut, FirstReference, settings.Captions);
    }

    /// <summary>Measures everything.</summary>
    /// <param name="progress">Told what is going on.</param>
    /// <param name="cancellationToken">Stops before the next picture; the pictures drawn so far are kept.</param>
    public async Task<SceneReport> RunAsync(IProgress<SceneEvaluationProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        progress.Report(new SceneEvaluationProgress("true drawings", 0, 1));
        using var reference = Statistics(judge.Judge([.. Scenes(SceneSplit.Evaluation, FirstReference, ReferenceDrawings).Select(scene => scene.Picture)]));
        var verdicts = judge.Judge(Pictures(unseen));
        var figures = new List<SceneMetrics> { Figures("true drawings", Pictures(unseen), verdicts, Pictures(heldOut), reference, seconds: null) };
        foreach (var (side, pipeline) in new[] { ("cloud", settings.Weights.Cloud), ("edge", settings.Weights.Edge) })
        {
            var (drawn, seconds) = await DrawAsync(side, pipeline, unseen, "unseen", progress, cancellationToken);
            var (combined, _) = await DrawAsync(side, pipeline, heldOut, "held-out", progress, cancellationToken);
            figures.Add(Figures(side, drawn, judge.Judge(drawn), combined, reference, seconds));
        }

        return new SceneReport(settings, Reconstruction(), clip.Retrieval(Pictures(unseen), Captions(unseen), RetrievalGroup), Found(verdicts), FalseAlarms(verdicts), figures);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        judge.Dispose();
        clip.Dispose();
    }

    private static ScenePicture[] Scenes(SceneSplit split, int first, int count) => [.. Enumerable.Range(first, count).Select(i => SceneStream.At(split, i))];

    private static Picture[] Pictures(ScenePicture[] scenes) => [.. scenes.Select(scene => scene.Picture)];

    private static string[] Captions(ScenePicture[] scenes) => [.. scenes.Select(scene => scene.Caption)];

    private static FeatureStatistics Statistics(IReadOnlyList<Verdict> verdicts)
    {
        using var scope = NewDisposeScope();
        return FeatureStatistics.Of(stack(verdicts.Select(verdict => tensor(verdict.Features.ToArray()))));
    }

    private async Task<(IReadOnlyList<Picture> Pictures, double? Seconds)> DrawAsync(
        string side, string pipeline, ScenePicture[] scenes, string name, IProgress<SceneEvaluationProgress> progress, CancellationToken cancellationToken)
    {
        var gallery = new SceneGallery(Path.Combine(settings.WorkFolder, side, name), pipeline, settings);
        var counter = new ImmediateProgress<int>(count => progress.Report(new SceneEvaluationProgress($"{side}, {name} captions", count, scenes.Length)));
        return (await gallery.DrawAsync(Captions(scenes), counter, cancellationToken), gallery.SecondsPerPicture);
    }

    private SceneMetrics Figures(
        string source, IReadOnlyList<Picture> drawn, IReadOnlyList<Verdict> verdicts, IReadOnlyList<Picture> combined, FeatureStatistics reference, double? seconds)
    {
        using var statistics = Statistics(verdicts);
        return new SceneMetrics(
            source, Found(verdicts), FoundHeldOut(judge.Judge(combined)), FoundBackdrops(verdicts), clip.Score(drawn, Captions(unseen)),
            FrechetDistance.Between(statistics, reference), seconds);
    }

    private double Found(IReadOnlyList<Verdict> verdicts) =>
        verdicts.Zip(unseen).SelectMany(pair => pair.Second.Scene.Things.Select(thing => Hit(pair.First, thing))).Average();

    private double FoundHeldOut(IReadOnlyList<Verdict> verdicts) => verdicts.Zip(heldOut)
        .SelectMany(pair => pair.Second.Scene.Things.Where(thing => HeldOutCombinations.Contain(thing.Kind, thing.Color)).Select(thing => Hit(pair.First, thing)))
        .Average();

    private double FoundBackdrops(IReadOnlyList<Verdict> verdicts) => verdicts.Zip(unseen)
        .Where(pair => Vocabulary.Of(pair.Second.Scene.Backdrop).Any(words => pair.Second.Caption.Contains(words, StringComparison.OrdinalIgnoreCase)))
        .Average(pair => pair.First.Backdrop == pair.Second.Scene.Backdrop ? 1.0 : 0.0);

    private double FalseAlarms(IReadOnlyList<Verdict> verdicts)
    {
        var pairs = from kind in Enum.GetValues<ThingKind>() from color in Enum.GetValues<ThingColor>() select (kind, color);
        var alarms = verdicts.Zip(unseen).Sum(pair => pairs.Count(p =>
            pair.First.Shows(p.kind, p.color) && !pair.Second.Scene.Things.Any(thing => thing.Kind == p.kind && thing.Color == p.color)));
        return alarms / (double)unseen.Sum(scene => scene.Scene.Things.Length);
    }

    private static double Hit(Verdict verdict, Thing thing) => verdict.Shows(thing.Kind, thing.Color) ? 1 : 0;

    private double Reconstruction()
    {
        using var noGradient = inference_mode();
        using var vae = settings.Weights.LoadAutoencoder();
        return Scenes(SceneSplit.Evaluation, 0, Reconstructions).Average(scene =>
        {
            using var scope = NewDisposeScope();
            var image = SceneBatch.Images([scene], CPU);
            var decoded = vae.Decode(vae.Encode(image).Mean).clamp(-1, 1);
            var error = ((decoded - image) / 2).square().mean().item<float>();
            return -10 * Math.Log10(error);
        });
    }
}
