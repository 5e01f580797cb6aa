using System.Numerics.Tensors;
using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Scenes;

/// <summary>
/// The same seeds give the same pictures through all changes of the code: the shipped models' latents, kept in latents.safetensors.
/// </summary>
[TestFixture]
public sealed class SamePicturesTests
{
    // Of the root mean square: single values differ by a little more between processors with and without AVX-512.
    private const double Tolerance = 1e-5;

    private static readonly string Kept = Path.Combine(TestContext.CurrentContext.TestDirectory, "Scenes", "latents.safetensors");

    private static readonly string Weights = Path.Combine(ReferenceFolder.ProjectRoot, "weights", "scenes");

    [TestCase("edge", SchedulerKind.Ddim)]
    [TestCase("edge", SchedulerKind.DpmSolverPlusPlus2M)]
    [TestCase("cloud", SchedulerKind.Euler)]
    [TestCase("cloud", SchedulerKind.DpmSolverPlusPlus2M)]
    public async Task A_seed_gives_the_latent_that_it_gave_before(string side, SchedulerKind solver)
    {
        var expected = Read($"{side}.{solver}");

        var latent = await DrawAsync(side, solver);

        Assert.That(RelativeDifference(latent, expected), Is.LessThan(Tolerance));
    }

    private static double RelativeDifference(float[] actual, float[] expected) =>
        TensorPrimitives.Distance<float>(actual, expected) / TensorPrimitives.Norm<float>(expected);

    private static async Task<float[]> DrawAsync(string side, SchedulerKind solver)
    {
        using var model = await DiffusionModel.LoadAsync(Path.Combine(Weights, side));
        var request = new GenerationRequest
        {
            Prompt = "a red house under a yellow moon, at night",
            NegativePrompt = "a boat",
            Scheduler = solver,
            GuidanceScale = 3,
            Steps = 4,
            Seed = 7,
        };
        var result = await model.GenerateAsync(request);
        return result.Images[0].Latent.Values.ToArray();
    }

    private static float[] Read(string name)
    {
        using var file = SafetensorsFile.Open(Kept);
        using var tensor = file.Read(name);
        return tensor.data<float>().ToArray();
    }
}
