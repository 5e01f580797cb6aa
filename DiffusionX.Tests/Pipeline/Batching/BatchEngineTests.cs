using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;

namespace DiffusionX.Tests.Pipeline.Batching;

/// <summary>What several runs at once give, beside what each gives alone.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class BatchEngineTests
{
    // Rows of a batch differ from a run alone by rounding. A trained model's latents have a deviation of about 1; what the mini model's
    // hashes make of them is up to thirty times as large, and its rounding too.
    private const double Tolerance = 1e-4;

    private static readonly GenerationRequest Plain = new() { Prompt = "a red house", Steps = 8, Seed = 3 };

    private TemporaryFolder folder = null!;
    private DiffusionModel alone = null!;
    private DiffusionModel batched = null!;

    [OneTimeSetUp]
    public async Task LoadTwoModels()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        alone = await DiffusionModel.LoadAsync(folder.File("mini"), new DiffusionModelOptions { MaxBatch = 1 });
        batched = await DiffusionModel.LoadAsync(folder.File("mini"), new DiffusionModelOptions { MaxBatch = 8 });
    }

    [OneTimeTearDown]
    public void FreeThem()
    {
        alone.Dispose();
        batched.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task Every_solver_gives_in_a_batch_what_it_gives_alone([Values] SchedulerKind solver)
    {
        var request = Plain with { Scheduler = solver };

        await AssertSameAsAlone([request, request with { Seed = 4, Prompt = "a tree" }, request with { Seed = 5, GuidanceScale = 1 }, Plain]);
    }

    [Test]
    public async Task Every_skip_schedule_gives_in_a_batch_what_it_gives_alone()
    {
        SkipStepSchedule[] schedules =
        [
            SkipStepSchedule.Uniform(2), SkipStepSchedule.FrontLoaded(0.5), SkipStepSchedule.BackLoaded(0.5), SkipStepSchedule.AtMost(0.4), SkipStepSchedule.Adaptive(0.5),
        ];

        await AssertSameAsAlone([.. schedules.Select((schedule, i) => Plain with { SkipSteps = schedule, Seed = i })]);
    }

    [Test]
    public async Task Runs_that_reuse_deep_features_or_leave_out_guidance_share_steps_with_others()
    {
        var cache = new DeepCacheOptions { Interval = 3 };
        var interval = new GuidanceInterval { LowestSigma = 0.5, HighestSigma = 5 };

        await AssertSameAsAlone(
        [
            Plain with { DeepCache = cache }, Plain with { DeepCache = cache, Seed = 9 }, Plain with { GuidanceInterval = interval },
            Plain with { GuidanceInterval = interval, DeepCache = cache }, Plain,
        ]);
    }

    [Test]
    public async Task Counts_of_steps_are_those_of_the_run_itself()
    {
        var request = Plain with { DeepCache = new DeepCacheOptions { Interval = 2 }, GuidanceInterval = new GuidanceInterval { LowestSigma = 1 } };
        var expected = await alone.GenerateAsync(request);

        var results = await Together([request, Plain, request with { Seed = 8 }]);

        Assert.That(
            (results[0].StepsRun, results[0].GuidedSteps, results[0].ReusedSteps),
            Is.EqualTo((expected.StepsRun, expected.GuidedSteps, expected.ReusedSteps)));
    }

    [Test]
    public async Task Random_mixes_of_requests_give_what_each_gives_alone([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        var start = (await alone.GenerateAsync(Plain)).Images[0];

        await AssertSameAsAlone([.. Enumerable.Range(0, random.Next(2, 14)).Select(_ => Draw(random, start))]);
    }

    [Test]
    public async Task A_run_that_comes_later_gives_what_it_gives_alone()
    {
        var begun = new TaskCompletionSource();
        var first = batched.GenerateAsync(Plain with { Steps = 30 }, new Recorder<GenerationProgress>(_ => begun.TrySetResult()));
        await begun.Task;

        var second = await batched.GenerateAsync(Plain with { Seed = 17 });

        AssertSame(second, await alone.GenerateAsync(Plain with { Seed = 17 }));
        AssertSame(await first, await alone.GenerateAsync(Plain with { Steps = 30 }));
    }

    [Test]
    public async Task A_run_that_is_cancelled_takes_no_further_step_and_leaves_the_others_as_they_are()
    {
        using var stop = new CancellationTokenSource();
        var steps = 0;
        var others = Together([Plain with { Steps = 20 }, Plain with { Steps = 20, Seed = 5 }]);
        var cancelled = batched.GenerateAsync(
            Plain with { Steps = 20 },
            new Recorder<GenerationProgress>(_ =>
            {
                steps++;
                stop.Cancel();
            }),
            stop.Token);

        Assert.That(async () => await cancelled, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(steps, Is.EqualTo(1));
        AssertSame((await others)[1], await alone.GenerateAsync(Plain with { Steps = 20, Seed = 5 }));
    }

    [Test]
    public async Task A_run_whose_progress_fails_fails_alone()
    {
        var broken = batched.GenerateAsync(Plain, new Recorder<GenerationProgress>(_ => throw new InvalidDataException("This report can't be taken.")));
        var good = batched.GenerateAsync(Plain);

        Assert.That(async () => await broken, Throws.TypeOf<InvalidDataException>());
        AssertSame(await good, await alone.GenerateAsync(Plain));
    }

    [Test]
    public async Task Places_are_taken_by_runs_and_free_after_them()
    {
        var before = batched.FreePlaces;

        var run = batched.GenerateAsync(Plain with { ImageCount = 3 });
        var during = batched.FreePlaces;
        await run;

        Assert.That((before, during, batched.FreePlaces), Is.EqualTo((8, 5, 8)));
    }

    [Test]
    public async Task A_run_of_more_pictures_than_a_batch_has_is_drawn_by_itself()
    {
        var results = await Together([Plain with { ImageCount = 12 }, Plain]);

        Assert.That(results[0].Images, Has.Count.EqualTo(12));
        AssertSame(results[0], await alone.GenerateAsync(Plain with { ImageCount = 12 }));
    }

    [Test]
    public async Task Begun_runs_and_their_continuations_share_steps_too()
    {
        var expected = await alone.DenoisePartiallyAsync(Plain, 3);

        var mates = Together([Plain, Plain with { Seed = 30 }]);
        var begun = await batched.DenoisePartiallyAsync(Plain, 3);
        var rest = Plain with { ContinueFrom = begun };

        AssertClose(begun.Noisy.Values.ToArray(), expected.Noisy.Values.ToArray());
        AssertSame(await batched.GenerateAsync(rest), await alone.GenerateAsync(rest with { ContinueFrom = expected }));
        await mates;
    }

    [Test]
    public async Task Runs_with_other_LoRAs_wait_for_those_under_way_and_each_has_its_own()
    {
        var lora = new LoraSelection(LoraWriter.Write(folder.File("lora.safetensors"), ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 32, 32)));
        GenerationRequest[] requests = [Plain, Plain with { Loras = [lora] }, Plain with { Seed = 4 }, Plain with { Loras = [lora with { Strength = -1 }] }, Plain with { Loras = [lora] }];

        await AssertSameAsAlone(requests);
    }

    [Test]
    public async Task The_models_own_LoRAs_change_between_the_runs_before_and_after()
    {
        var lora = new LoraSelection(LoraWriter.Write(folder.File("own.safetensors"), ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 32, 32)));

        var before = Together([Plain, Plain with { Seed = 9 }]);
        var merging = batched.SetLorasAsync([lora]);
        var with = batched.GenerateAsync(Plain);
        var takingOut = batched.SetLorasAsync([]);
        await Task.WhenAll(before, merging, with, takingOut);

        AssertSame((await before)[0], await alone.GenerateAsync(Plain));
        AssertSame(await with, await alone.GenerateAsync(Plain with { Loras = [lora] }));
    }

    [Test]
    public async Task A_model_that_is_freed_finishes_what_it_was_asked_for()
    {
        using var model = await DiffusionModel.LoadAsync(folder.File("mini"), new DiffusionModelOptions { MaxBatch = 2 });
        Task<GenerationResult>[] runs = [.. Enumerable.Range(0, 5).Select(i => model.GenerateAsync(Plain with { Seed = i }))];

        model.Dispose();

        Assert.That(runs.Select(run => run.Status), Has.All.EqualTo(TaskStatus.RanToCompletion));
        Assert.That(() => model.GenerateAsync(Plain), Throws.InstanceOf<ObjectDisposedException>());
    }

    private static GenerationRequest Draw(Random random, GeneratedImage start)
    {
        T Of<T>(params T[] choices) => choices[random.Next(choices.Length)];

        var solver = Of(SchedulerKind.DpmSolverPlusPlus2M, SchedulerKind.Ddim, SchedulerKind.Euler, SchedulerKind.UniPC, SchedulerKind.EulerAncestral, SchedulerKind.Pndm);
        var isSmall = random.Next(3) == 0;
        return new GenerationRequest
        {
            Prompt = Of("a red house", "two trees", "(a moon:1.3)", "a very long prompt about a house, a tree, a moon and the sea behind them"),
            PromptSyntax = Of(PromptSyntax.Plain, PromptSyntax.Weighted),
            NegativePrompt = Of("", "fog"),
            Steps = random.Next(3, 12),
            Seed = random.Next(100),
            ImageCount = Of(1, 1, 1, 2, 3),
            GuidanceScale = Of(1, 1, 5, 7.5),
            Scheduler = solver,
            Height = isSmall ? 48 : null,
            InitLatent = isSmall ? null : Of(null, start.Latent),
            Strength = Of(0.3, 0.8, 1),
            InitMask = null,
            SkipSteps = solver == SchedulerKind.Pndm ? SkipStepSchedule.None : Of(SkipStepSchedule.None, SkipStepSchedule.Uniform(2), SkipStepSchedule.AtMost(0.5)),
            DeepCache = Of(null, null, new DeepCacheOptions { Interval = 2 }),
            GuidanceInterval = Of(null, null, new GuidanceInterval { LowestSigma = 0.3, HighestSigma = 4 }),
            PreviewEvery = Of(0, 2),
        };
    }

    private async Task AssertSameAsAlone(GenerationRequest[] requests)
    {
        var together = await Together(requests);
        foreach (var (request, result) in requests.Zip(together))
        {
            AssertSame(result, await alone.GenerateAsync(request));
        }
    }

    private Task<GenerationResult[]> Together(GenerationRequest[] requests) =>
        Task.WhenAll(requests.Select(request => batched.GenerateAsync(request, new Recorder<GenerationProgress>(_ => { }))));

    private static void AssertSame(GenerationResult result, GenerationResult expected)
    {
        AssertClose(Values(result), Values(expected));
        Assert.That(result.StepsRun, Is.EqualTo(expected.StepsRun));
        Assert.That(result.Images.Select(image => image.Seed), Is.EqualTo(expected.Images.Select(image => image.Seed)));
    }

    private static void AssertClose(float[] values, float[] expected)
    {
        var deviation = Math.Sqrt(expected.Average(value => (double)value * value));
        Assert.That(values, Is.EqualTo(expected).Within((float)(Tolerance * Math.Max(1, deviation))));
    }

    private static float[] Values(GenerationResult result) => [.. result.Images.SelectMany(image => image.Latent.Values.ToArray())];
}
