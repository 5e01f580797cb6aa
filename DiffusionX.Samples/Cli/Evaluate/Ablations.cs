using DiffusionX.Evaluation.Latency;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions.Edge;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Cli.Evaluate;

/// <summary>DiffusionX with one thing changed at a time, to see what each of them saves and costs.</summary>
internal static class Ablations
{
    // Above the noise at which colours and places are settled guidance costs variety, below that of the finest details it changes nothing.
    private static readonly GuidanceInterval Guided = new() { LowestSigma = 0.3, HighestSigma = 5 };

    /// <summary>The names of the systems, and how they work.</summary>
    /// <param name="whole">What is changed.</param>
    public static IEnumerable<(string Name, EdgeAndCloudOptions Options)> Of(EdgeAndCloudOptions whole) =>
    [
        ("with all edge steps", whole with { EdgeSkipSteps = SkipStepSchedule.None }),
        ("with all cloud steps", whole with { Cloud = whole.Cloud with { SkipSteps = SkipStepSchedule.None } }),
        ("with every 2nd cloud step", whole with { Cloud = whole.Cloud with { SkipSteps = SkipStepSchedule.Uniform(2) } }),
        ("with feature cache 2", whole with { Cloud = whole.Cloud with { DeepCache = new DeepCacheOptions { Interval = 2 } } }),
        ("with feature cache 3", whole with { Cloud = whole.Cloud with { DeepCache = new DeepCacheOptions { Interval = 3 } } }),
        ("with guidance interval", whole with { Cloud = whole.Cloud with { GuidanceInterval = Guided } }),
        ("with latent relay", whole with { Relay = new LatentRelay() }),
        ("with 8-bit latents", whole with { Encoding = DraftEncoding.Latent8 }),
    ];
}
