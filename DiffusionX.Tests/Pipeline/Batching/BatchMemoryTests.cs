using System.Runtime.InteropServices;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline.Batching;

/// <summary>An engine on a device that has memory for so many rows of a batch.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class BatchMemoryTests
{
    private static readonly GenerationRequest Guided = new() { Prompt = "a red house", Steps = 4 };

    private TemporaryFolder folder = null!;
    private ComputeThread compute = null!;
    private PipelineComponents parts = null!;

    [OneTimeSetUp]
    public async Task Load()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        compute = new ComputeThread("batches without memory");
        parts = await compute.RunAsync(() => new DiffusionModelLoader(DiffusionModelLoader.Open(folder.File("mini"), new()), new(), progress: null).Load());
    }

    [OneTimeTearDown]
    public void Free()
    {
        compute.Dispose();
        parts.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task A_batch_that_does_not_fit_is_halved_until_it_does_and_every_run_ends_well()
    {
        var guidance = new GuidanceInMemoryFor(rows: 4, parts.UNet);
        var engine = EngineWith(guidance);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => DrawAsync(engine, Guided with { Seed = i })));

        Assert.That(results.Select(result => result.StepsRun), Has.All.EqualTo(4));
        Assert.That(guidance.RowsThatFitted, Has.Some.EqualTo(4).And.All.LessThanOrEqualTo(4));
    }

    [Test]
    public async Task Only_the_run_fails_that_does_not_fit_alone()
    {
        var engine = EngineWith(new GuidanceInMemoryFor(rows: 4, parts.UNet));

        Task<GenerationResult>[] runs = [DrawAsync(engine, Guided), DrawAsync(engine, Guided with { ImageCount = 3 }), DrawAsync(engine, Guided with { Seed = 1 })];

        Assert.That(async () => await runs[1], Throws.TypeOf<DeviceMemoryException>());
        Assert.That((await runs[0]).StepsRun + (await runs[2]).StepsRun, Is.EqualTo(8));
    }

    [Test]
    public async Task An_error_of_one_run_in_a_shared_step_is_its_own()
    {
        var engine = EngineWith(new GuidanceThatRefuses(timestep: 601, parts.UNet));

        Task<GenerationResult>[] runs = [DrawAsync(engine, Guided with { Steps = 5 }), DrawAsync(engine, Guided with { Steps = 2 })];

        Assert.That(async () => await runs[0], Throws.TypeOf<InvalidDataException>());
        Assert.That((await runs[1]).StepsRun, Is.EqualTo(2));
    }

    private BatchEngine EngineWith(ClassifierFreeGuidance guidance)
    {
        var loop = new DenoisingLoop(parts.UNet, ScalarType.Float32) { Guidance = guidance };
        return new BatchEngine(compute, parts with { DenoisingLoop = loop }, new DiffusionModelOptions { MaxBatch = 8, Threads = 1 }, () => []);
    }

    private Task<GenerationResult> DrawAsync(BatchEngine engine, GenerationRequest request)
    {
        var plan = GenerationPlan.Check(request, parts.Scheduler.As(request.Scheduler ?? parts.Scheduler.Kind), parts.Codec.Config, parts.UNet.Config);
        var run = new GenerationRun(parts, plan, progress: null, CancellationToken.None);
        return engine.RunAsync(run, run.ToResult, loras: null, timeLeft: null);
    }

    /// <summary>Fails as libtorch does where the rows are more than fit.</summary>
    private sealed class GuidanceInMemoryFor(int rows, UNet2DConditionModel unet) : ClassifierFreeGuidance(unet, ScalarType.Float32)
    {
        public List<long> RowsThatFitted { get; } = [];

        public override Tensor[] Predict(IReadOnlyList<UNetQuery> queries, TextContext text)
        {
            var asked = queries.Sum(query => query.Samples);
            if (asked > rows)
            {
                throw new ExternalException("CUDA out of memory. Tried to allocate more than there is.");
            }

            RowsThatFitted.Add(asked);
            return base.Predict(queries, text);
        }
    }

    /// <summary>Fails where one of the rows has a certain timestep.</summary>
    private sealed class GuidanceThatRefuses(double timestep, UNet2DConditionModel unet) : ClassifierFreeGuidance(unet, ScalarType.Float32)
    {
        public override Tensor[] Predict(IReadOnlyList<UNetQuery> queries, TextContext text) => queries.Any(query => query.Timestep == timestep)
            ? throw new InvalidDataException("No such row.")
            : base.Predict(queries, text);
    }
}
