using DiffusionX.Imaging;
using DiffusionX.Pipeline.Latents;

namespace DiffusionX.Pipeline;

/// <summary>What a run gave.</summary>
/// <param name="Images">The pictures, in the order of their seeds.</param>
/// <param name="StepsRun">How many steps of the UNet it took.</param>
/// <param name="PromptTokensCut">How many tokens of the prompts the text encoder did not see, because they are too long for it.</param>
/// <param name="Timings">Where the time went.</param>
public sealed record GenerationResult(IReadOnlyList<GeneratedImage> Images, int StepsRun, int PromptTokensCut, GenerationTimings Timings)
{
    /// <summary>The words that those tokens stand for, in lower case; empty where there are none.</summary>
    public string PromptWordsCut { get; init; } = "";

    /// <summary>How many of the steps asked the UNet for the negative prompt too, and so took twice the work of the others.</summary>
    public int GuidedSteps { get; init; }

    /// <summary>How many of the steps computed the shallow levels of the UNet alone, and reused the deep ones.</summary>
    public int ReusedSteps { get; init; }
}

/// <summary>One picture of a run.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Latent">Its latent, from which a later run can go on.</param>
/// <param name="Seed">The seed that gives it again.</param>
public sealed record GeneratedImage(Picture Picture, Latent Latent, long Seed);

/// <summary>How long the parts of a run took, without the wait for runs before it.</summary>
/// <param name="Preparing">Reading the prompts and encoding the start.</param>
/// <param name="Denoising">All steps.</param>
/// <param name="Decoding">From latents to pictures.</param>
public sealed record GenerationTimings(TimeSpan Preparing, TimeSpan Denoising, TimeSpan Decoding)
{
    /// <summary>All of it.</summary>
    public TimeSpan Total => Preparing + Denoising + Decoding;
}
