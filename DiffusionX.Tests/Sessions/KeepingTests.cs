using System.Globalization;
using DiffusionX.Cli.Prompts;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Pipeline;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Evaluation;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Tests.Reference;
using DiffusionX.Transport.InMemory;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Sessions;

/// <summary>How much of an accepted draft a refinement keeps, and how few steps a draft takes.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class KeepingTests
{
    private static readonly double[] Keeps = [0, 0.25, 0.5, 0.75, 1];

    private static readonly string Scenes = Path.Combine(ReferenceFolder.ProjectRoot, "weights", "scenes");

    private KeptParts judge = null!;

    [OneTimeSetUp]
    public void LoadTheJudge() => judge = KeptParts.Load(new ScenesFolder(Scenes));

    [OneTimeTearDown]
    public void DisposeTheJudge() => judge.Dispose();

    // A part that a draft shows only by halves is lost to any refinement, however little it changes, and a new drawing may show it again.
    [TestCase(4, 0)]
    [TestCase(100, 5, Explicit = true, Reason = "It plays a hundred sessions, which takes minutes.", Category = "Evaluation")]
    public async Task More_keep_keeps_no_less(int sessions, int mostLosing)
    {
        using var edge = await DiffusionModel.LoadAsync(Path.Combine(Scenes, "edge-few"));
        using var cloud = await DiffusionModel.LoadAsync(Path.Combine(Scenes, "cloud"));
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(cloud, link, new CloudRefinerOptions());
        var pairs = new List<KeptPair>();
        foreach (var (number, played) in ScenePrompts.Draw(SceneSplit.Evaluation, sessions, rounds: 2, seed: 25, CancellationToken.None).Index())
        {
            var options = new EdgeSessionOptions { Seed = number, Steps = 6, GuidanceScale = 3, Refinement = new RefinementOptions { Steps = 10, GuidanceScale = 3, FallBackToEdge = false } };
            await using var session = await EdgeSession.OpenAsync(edge, link, options);
            pairs.AddRange(await RefineAtEachShareAsync(session, played.Rounds[^1].Prompt));
        }

        var kept = Judge(pairs).Chunk(Keeps.Length).ToArray();
        var means = Keeps.Select((_, i) => kept.Average(parts => parts[i])).ToArray();
        var losing = kept.Where(parts => !IsRising(parts)).Select(Shown).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(losing, Has.Length.AtMost(mostLosing), $"Parts kept, from nothing kept to all, where they fall: {string.Join("; ", losing)}");
            Assert.That(IsRising(means), Is.True, $"Of all sessions: {Shown(means)}");
            Assert.That(means[^1], Is.GreaterThan(means[0] + 0.05), $"Of all sessions: {Shown(means)}");
        }
    }

    [Test]
    public void More_keep_puts_less_noise_on_the_draft()
    {
        var strengths = Keeps.Select(keep => new RefinementOptions().Keeping(keep).Strength!.Value).ToArray();

        Assert.That(strengths, Is.Ordered.Descending);
        Assert.That(strengths.Distinct().Count(), Is.EqualTo(Keeps.Length));
    }

    [TestCase(25, 60)]
    [TestCase(4, 4)]
    public void What_is_kept_most_is_still_refined_in_several_steps_unless_all_steps_are_few(int steps, int ofSchedule)
    {
        var refinement = new RefinementOptions { Steps = steps }.Keeping(1);

        Assert.That(refinement.Steps, Is.EqualTo(ofSchedule));
    }

    [Test]
    public async Task The_users_word_counts_more_than_the_predictors()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.With(refinement => refinement with { DraftStrength = new GatedStrength() }));
        await session.PromptAsync("a red house");

        var refined = await session.FinalizeAsync(keep: 0.75);

        Assert.That(refined.Report.Strength, Is.EqualTo(0.2).Within(1e-12));
    }

    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public async Task A_share_that_makes_no_sense_is_refused(double keep)
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);

        await Assert.ThatAsync(() => Task.Run(() => session.FinalizeAsync(keep)), Throws.TypeOf<SessionException>().With.Message.Contains("from 0"));
    }

    [Test]
    public async Task A_model_that_was_distilled_for_few_steps_takes_as_large_a_share_of_them_as_the_strength_is()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        await File.WriteAllTextAsync(folder.File("mini/scheduler/scheduler_config.json"), """{"_class_name": "LCMScheduler", "beta_schedule": "scaled_linear"}""");
        using var few = await DiffusionModel.LoadAsync(folder.File("mini"));
        await using var session = await EdgeSession.OpenAsync(few, new InMemoryTransport(), SessionSettings.Quick with { Strength = new FixedStrength(0.5) });

        var first = await session.PromptAsync("a red house");
        var second = await session.PromptAsync("a red house, at night");

        Assert.That((first.Round.StepsRun, second.Round.StepsRun), Is.EqualTo((4, 2)));
    }

    [Test]
    public async Task Drafts_are_decoded_by_the_decoder_of_previews_where_there_is_one()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        using var model = await DiffusionModel.LoadAsync(folder.File("mini"), new DiffusionModelOptions { PreviewDecoderFolder = MiniModel.WriteTaesd(folder.File("taesd")) });
        await using var quick = await EdgeSession.OpenAsync(model, new InMemoryTransport(), SessionSettings.Quick);
        await using var exact = await EdgeSession.OpenAsync(model, new InMemoryTransport(), SessionSettings.Quick with { UsesPreviewDecoder = false });

        var (preview, whole) = (await quick.PromptAsync("a red house"), await exact.PromptAsync("a red house"));

        Assert.That(preview.Round.Latent.Values.ToArray(), Is.EqualTo(whole.Round.Latent.Values.ToArray()));
        Assert.That(preview.Picture, Is.Not.SamePictureAs(whole.Picture));
    }

    private static async Task<List<KeptPair>> RefineAtEachShareAsync(EdgeSession session, string prompt)
    {
        var draft = await session.PromptAsync(prompt);
        var pairs = new List<KeptPair>();
        foreach (var keep in Keeps)
        {
            pairs.Add(new KeptPair(draft.Picture, prompt, (await session.FinalizeAsync(keep)).Picture, prompt));
        }

        return pairs;
    }

    // Of a draft in which nothing is right all is kept.
    private double[] Judge(IReadOnlyList<KeptPair> pairs)
    {
        using var scope = NewDisposeScope();
        return [.. judge.Score(pairs).data<float>().ToArray().Select(score => float.IsNaN(score) ? 1.0 : Math.Round(score, 3))];
    }

    private static bool IsRising(double[] parts) => parts.Zip(parts.Skip(1)).All(pair => pair.Second >= pair.First);

    private static string Shown(double[] parts) => string.Join(", ", parts.Select(part => part.ToString("F3", CultureInfo.InvariantCulture)));
}
