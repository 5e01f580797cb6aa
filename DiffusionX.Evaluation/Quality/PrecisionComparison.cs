using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;

namespace DiffusionX.Evaluation.Quality;

/// <summary>How near a model's pictures in one precision come to those in float32, of the same prompts and seeds.</summary>
/// <param name="exact">The model in float32; it stays the caller's.</param>
/// <param name="rounded">The same model in the other precision; it stays the caller's.</param>
/// <param name="settings">With how many steps, which guidance and which solver.</param>
/// <param name="side">The pictures' side in pixels; null for the model's own.</param>
/// <param name="seed">The first picture's seed; the following ones have the following seeds.</param>
internal sealed class PrecisionComparison(DiffusionModel exact, DiffusionModel rounded, GenerationDefaults settings, int? side, long seed)
{
    // Of a colour channel.
    private const double Brightest = 255;

    /// <summary>Draws each prompt in both.</summary>
    /// <param name="prompts">At least one.</param>
    /// <param name="judge">Says how well pictures fit their prompts; null for nobody.</param>
    /// <param name="progress">Told how many prompts are done.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    public async Task<PrecisionFigures> RunAsync(
        IReadOnlyList<string> prompts, IPromptScorer? judge = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count, nameof(prompts));
        var pairs = new List<(GeneratedImage Exact, GeneratedImage Rounded)>();
        foreach (var request in prompts.Select(Request))
        {
            var one = await exact.GenerateAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
            var other = await rounded.GenerateAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
            pairs.Add((one.Images[0], other.Images[0]));
            progress?.Report(pairs.Count);
        }

        return new PrecisionFigures(
            [.. pairs.Select(pair => LatentRatio(pair.Exact.Latent, pair.Rounded.Latent))],
            [.. pairs.Select(pair => PictureRatio(pair.Exact.Picture, pair.Rounded.Picture))],
            Scores(judge, [.. pairs.Select(pair => pair.Exact.Picture)], prompts),
            Scores(judge, [.. pairs.Select(pair => pair.Rounded.Picture)], prompts));
    }

    private GenerationRequest Request(string prompt, int index) => new()
    {
        Prompt = prompt,
        Seed = seed + index,
        Steps = settings.Steps,
        GuidanceScale = settings.GuidanceScale,
        Scheduler = settings.Scheduler,
        Width = side,
        Height = side,
    };

    // A latent has no brightest value: the span of its own numbers stands in.
    private static double LatentRatio(Latent one, Latent other)
    {
        double[] numbers = [.. one.Values.ToArray().Select(value => (double)value)];
        return PeakSignalToNoise.Of(numbers, [.. other.Values.ToArray().Select(value => (double)value)], numbers.Max() - numbers.Min());
    }

    private static double PictureRatio(Picture one, Picture other) =>
        PeakSignalToNoise.Of([.. one.Pixels.ToArray().Select(value => (double)value)], [.. other.Pixels.ToArray().Select(value => (double)value)], Brightest);

    private static float[]? Scores(IPromptScorer? judge, Picture[] pictures, IReadOnlyList<string> prompts)
    {
        if (judge is null)
        {
            return null;
        }

        using var scores = judge.Score(pictures, prompts);
        return scores.data<float>().ToArray();
    }
}

/// <summary>What was found, a number for each prompt.</summary>
/// <param name="LatentRatios">Peak signal-to-noise ratios of the latents in dB, the peak being the span of the exact latent.</param>
/// <param name="PictureRatios">Those of the pictures, the peak being 255.</param>
/// <param name="ExactScores">What the judge says of the pictures in float32; null without one, NaN where a prompt names nothing.</param>
/// <param name="RoundedScores">The same in the other precision.</param>
internal sealed record PrecisionFigures(
    IReadOnlyList<double> LatentRatios, IReadOnlyList<double> PictureRatios, IReadOnlyList<float>? ExactScores, IReadOnlyList<float>? RoundedScores);

/// <summary>The peak signal-to-noise ratio: 10·log₁₀(peak² / mean squared error).</summary>
internal static class PeakSignalToNoise
{
    /// <summary>In dB; infinite where both are the same.</summary>
    /// <param name="one">Numbers.</param>
    /// <param name="other">As many.</param>
    /// <param name="peak">The largest difference that there can be.</param>
    /// <exception cref="EvaluationException">There are not as many of them.</exception>
    public static double Of(double[] one, double[] other, double peak)
    {
        if (one.Length != other.Length)
        {
            throw new EvaluationException($"What is compared has to have one size, and there are {one.Length} and {other.Length} numbers.");
        }

        var error = one.Zip(other, (a, b) => (a - b) * (a - b)).Average();
        return 10 * Math.Log10(peak * peak / error);
    }
}
