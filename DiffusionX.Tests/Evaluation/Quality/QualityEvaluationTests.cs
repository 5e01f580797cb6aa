using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Pipeline;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Evaluation;
using DiffusionX.Tests.Imaging;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Evaluation.Quality;

[TestFixture]
[NoTensorLeaks]
public sealed class QualityEvaluationTests
{
    private const int Count = 12;

    private static readonly QualityOptions Quick = new() { BatchSize = 4, Splits = 3, Distributions = new Bootstrap { Resamples = 3 } };

    private TemporaryFolder models = null!;
    private JudgeFeatures judge = null!;
    private JudgedFidelity finder = null!;
    private ClipScorer clip = null!;
    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void LoadModels()
    {
        models = new TemporaryFolder();
        MiniJudge.Write(models.File("scenes"));
        MiniClip.Write(models.File("clip"));
        judge = JudgeFeatures.Load(new ScenesFolder(models.File("scenes")));
        finder = JudgedFidelity.Load(new ScenesFolder(models.File("scenes")));
        clip = ClipScorer.Load(models.File("clip"), "mini CLIP");
    }

    [OneTimeTearDown]
    public void FreeThem()
    {
        judge.Dispose();
        finder.Dispose();
        clip.Dispose();
        models.Dispose();
    }

    [SetUp]
    public void WritePictures()
    {
        folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("pictures"));
        for (var i = 0; i < Count; i++)
        {
            Pictures.Noise(128, 128, seed: i).Save(folder.File($"pictures/{i:D2}.png"), new Dictionary<string, string> { ["prompt"] = $"noise number {i}" });
        }
    }

    [TearDown]
    public void DeleteThem() => folder.Dispose();

    [Test]
    public async Task Pictures_are_as_good_as_themselves()
    {
        var evaluation = new QualityEvaluation(judge, clip, Quick);
        using var reference = await evaluation.DescribeAsync(Folder(), folder.File("reference.measured"));

        var figures = await evaluation.MeasureAsync(Folder(), folder.File("pictures.measured"), reference);

        Assert.Multiple(() =>
        {
            Assert.That(figures.Count, Is.EqualTo(Count));
            Assert.That(figures.ReferenceCount, Is.EqualTo(Count));
            Assert.That(figures.FrechetDistance!.Value, Is.EqualTo(0).Within(1e-4));
            Assert.That(figures.InceptionScore!.Value, Is.GreaterThanOrEqualTo(1));
            Assert.That(figures.ClipScore!.Value, Is.InRange(figures.ClipScore.Low, figures.ClipScore.High));
            Assert.That(figures.Clip, Is.EqualTo("mini CLIP"));
            Assert.That(figures.Features, Does.StartWith("scenes judge"));
        });
    }

    [Test]
    public async Task An_interrupted_measurement_goes_on_and_loses_at_most_one_batch()
    {
        var evaluation = new QualityEvaluation(judge, clip, Quick);
        var expected = await evaluation.MeasureAsync(Folder(), folder.File("whole.measured"), reference: null);
        using var interruption = new CancellationTokenSource();
        var untilSecondBatch = new Recorder<QualityProgress>(progress => Interrupt(progress.Done >= 8, interruption));
        Assert.That(
            () => evaluation.MeasureAsync(Folder(), folder.File("parts.measured"), reference: null, untilSecondBatch, interruption.Token),
            Throws.InstanceOf<OperationCanceledException>());

        var afterwards = new Recorder<QualityProgress>();
        var figures = await evaluation.MeasureAsync(Folder(), folder.File("parts.measured"), reference: null, afterwards);

        Assert.That(afterwards.All[0].Done, Is.GreaterThanOrEqualTo(8));
        Assert.That(figures, Is.EqualTo(expected).UsingPropertiesComparer());
    }

    [Test]
    public async Task Half_a_row_that_a_dying_process_left_is_measured_again()
    {
        var evaluation = new QualityEvaluation(judge, clip, Quick);
        var expected = await evaluation.MeasureAsync(Folder(), folder.File("pictures.measured"), reference: null);
        using (var stream = File.OpenWrite(folder.File("pictures.measured")))
        {
            stream.SetLength(stream.Length - 10);
        }

        var figures = await evaluation.MeasureAsync(Folder(), folder.File("pictures.measured"), reference: null);

        Assert.That(figures.Count, Is.EqualTo(Count));
        Assert.That(figures.ClipScore!.Value, Is.EqualTo(expected.ClipScore!.Value).Within(1e-6), "one picture alone and in a batch differ in the last bits");
    }

    [Test]
    public async Task What_a_model_draws_is_measured()
    {
        MiniModel.Write(folder.File("mini"));
        using var model = await DiffusionModel.LoadAsync(folder.File("mini"));
        var drawn = new GeneratedPictures(model, "mini", ["a red house", "a blue tree", "a moon"], new() { Steps = 2 }, seed: 5);

        var figures = await new QualityEvaluation(judge, clip, Quick).MeasureAsync(drawn, folder.File("drawn.measured"), reference: null);

        Assert.That(figures.Count, Is.EqualTo(3));
        Assert.That(figures.Source, Is.EqualTo("what mini draws of \"a red house\" and so on in 2 steps of the usual solver with guidance 7.5, seeds from 5"));
    }

    [Test]
    public async Task Prompts_that_ask_for_nothing_a_judge_knows_are_left_out_of_its_figure()
    {
        Pictures.Noise(128, 128, seed: 1).Save(folder.File("pictures/01.png"), new Dictionary<string, string> { ["prompt"] = "a red house" });
        var figures = await new QualityEvaluation(judge, clip, Quick, finder).MeasureAsync(Folder(), folder.File("pictures.measured"), reference: null);

        Assert.That(figures.Fidelity!.Value, Is.AnyOf(0.0, 1.0), "one picture alone counts");
        Assert.That(figures.Judge, Does.StartWith("scenes judge"));
    }

    [Test]
    public async Task Where_no_prompt_asks_for_anything_there_is_no_fidelity()
    {
        var figures = await new QualityEvaluation(judge, clip, Quick, finder).MeasureAsync(Folder(), folder.File("pictures.measured"), reference: null);

        Assert.That(figures.Fidelity, Is.Null);
        Assert.That(figures.ClipScore, Is.Not.Null);
    }

    [Test]
    public async Task A_file_of_another_measurement_is_refused()
    {
        await new QualityEvaluation(judge, scorer: null, Quick).MeasureAsync(Folder(), folder.File("pictures.measured"), reference: null);

        Assert.That(
            () => new QualityEvaluation(judge, clip, Quick).MeasureAsync(Folder(), folder.File("pictures.measured"), reference: null),
            Throws.TypeOf<EvaluationException>().With.Message.Contains("another measurement"));
    }

    [Test]
    public void A_picture_without_a_prompt_has_no_CLIP_score()
    {
        Pictures.Plain(128, 128, 1, 2, 3).Save(folder.File("pictures/00.png"));

        Assert.That(
            () => new QualityEvaluation(judge, clip, Quick).MeasureAsync(Folder(), folder.File("pictures.measured"), reference: null),
            Throws.TypeOf<EvaluationException>().With.Message.StartsWith("Picture 1 has no prompt"));
    }

    [Test]
    public void Without_any_model_there_is_nothing_to_measure() =>
        Assert.That(() => new QualityEvaluation(features: null, scorer: null), Throws.TypeOf<EvaluationException>());

    private static void Interrupt(bool now, CancellationTokenSource interruption)
    {
        if (now)
        {
            interruption.Cancel();
        }
    }

    private FolderPictures Folder() => new(folder.File("pictures"));
}
