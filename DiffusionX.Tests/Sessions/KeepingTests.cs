using System.Globalization;
using DiffusionX.Cli.Prompts;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Scenes;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Tests.Reference;
using DiffusionX.Transport.InMemory;

namespace DiffusionX.Tests.Sessions;

/// <summary>How much of an accepted draft a refinement keeps, and how few steps a draft takes.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class KeepingTests
{
    private static readonly double[] Keeps = [0, 0.25, 0.5, 0.75, 1];

    private static readonly string Scenes = Path.Combine(ReferenceFolder.ProjectRoot, "weights", "scenes");

    [TestCase(4)]
    [TestCase(100, Explicit = true, Reason = "It plays a hundred sessions, which takes minutes.", Category = "Evaluation")]
    public async Task More_keep_never_keeps_less(int sessions)
    {
        using var edge = await DiffusionModel.LoadAsync(Path.Combine(Scenes, "edge"));
        using var cloud = await DiffusionModel.LoadAsync(Path.Combine(Scenes, "cloud"));
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(cloud, link, new CloudRefinerOptions());
        var keptLess = new List<string>();
        foreach (var (number, played) in ScenePrompts.Draw(SceneSplit.Evaluation, sessions, rounds: 2, seed: 25, CancellationToken.None).Index())
        {
            var options = new EdgeSessionOptions { Seed = number, Steps = 6, GuidanceScale = 3, Refinement = new RefinementOptions { Steps = 10, GuidanceScale = 3, FallBackToEdge = false } };
            await using var session = await EdgeSession.OpenAsync(edge, link, options);
            var draft = await session.PromptAsync(played.Rounds[^1].Prompt);

            var distances = new List<double>();
            foreach (var keep in Keeps)
            {
                distances.Add(Distance(draft.Picture, (await session.FinalizeAsync(keep)).Picture));
            }

            if (distances.Zip(distances.Skip(1)).Any(pair => pair.Second > pair.First))
            {
                keptLess.Add(FormattableString.Invariant($"seed {number}: {string.Join(", ", distances.Select(distance => distance.ToString("F1", CultureInfo.InvariantCulture)))}"));
            }
        }

        Assert.That(keptLess, Is.Empty, $"In {keptLess.Count} sessions; mean squared difference of draft and final, from nothing kept to all:\n{string.Join('\n', keptLess)}");
    }

    [Test]
    public async Task The_users_word_counts_more_than_the_predictors()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.With(refinement => refinement with { DraftStrength = new GatedStrength() }));
        await session.PromptAsync("a red house");

        var refined = await session.FinalizeAsync(keep: 0.75);

        Assert.That(refined.Report.Strength, Is.EqualTo(0.3).Within(1e-12));
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

    private static double Distance(Picture first, Picture second)
    {
        var (one, other) = (first.Pixels.ToArray(), second.Pixels.ToArray());
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            sum += Math.Pow(one[i] - other[i], 2);
        }

        return sum / one.Length;
    }
}
