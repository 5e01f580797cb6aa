using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Strength;

namespace DiffusionX.Training.StrengthLabels;

/// <summary>
/// Measures how well pictures that were redrawn at each strength fit their prompt. Starts are drawn by the edge from noise, and for the
/// cloud redrawn by it, as in a session; the eleven strengths share them, the noise that is put on them, and the prompt's embedding.
/// </summary>
/// <param name="models">Who draws, redraws and scores.</param>
/// <param name="options">How pictures are drawn.</param>
internal sealed class StrengthLabeller(LabelModels models, StrengthLabelOptions options)
{
    /// <summary>Measures a pair.</summary>
    /// <returns>The scores, and the first start as a picture.</returns>
    public async Task<(StrengthLabel Label, Picture Start)> LabelAsync(StrengthPair pair, long seed, CancellationToken cancellationToken)
    {
        var images = await StartsAsync(pair, seed, cancellationToken).ConfigureAwait(false);
        var starts = await LatentsAsync(images, cancellationToken).ConfigureAwait(false);
        var firstSeed = seed + (options.Starts * (models.RefinesDrafts ? 2 : 1));
        var ofStrengths = await ScoreAsync(pair.Prompt, [.. starts.SelectMany(start => Enumerable.Repeat(start, options.Images))], firstSeed, cancellationToken).ConfigureAwait(false);
        var startScore = models.Clip.Score([.. images.Select(start => start.Picture)], pair.Prompt).Average();
        return (new StrengthLabel(pair, seed, startScore, [.. ofStrengths.Select(scores => scores.Average())], ofStrengths.Average(StandardError)), images[0].Picture);
    }

    private async Task<IReadOnlyList<GeneratedImage>> StartsAsync(StrengthPair pair, long seed, CancellationToken cancellationToken)
    {
        var drawn = (await models.Edge.GenerateAsync(Request(pair.StartPrompt, seed, options.Starts), progress: null, cancellationToken).ConfigureAwait(false)).Images;
        if (!models.RefinesDrafts)
        {
            return drawn;
        }

        // At any strength, so that a head meets drafts that the edge left as they were beside those that it drew anew.
        var strength = StrengthRange.Labels[new Random(unchecked((int)seed)).Next(StrengthRange.Labels.Count)];
        var redrawing = Redrawing(pair.Prompt, seed + options.Starts, options.Starts);
        return (await models.Edge.SweepStrengthsAsync(redrawing, [.. drawn.Select(start => start.Latent)], [strength], cancellationToken).ConfigureAwait(false))[0];
    }

    // For each strength the scores of all pictures.
    private async Task<IReadOnlyList<IReadOnlyList<double>>> ScoreAsync(string prompt, IReadOnlyList<Latent> starts, long seed, CancellationToken cancellationToken)
    {
        var scores = StrengthRange.Labels.Select(_ => new List<double>()).ToArray();
        foreach (var (i, together) in starts.Chunk(GenerationRequest.MaxImages).Index())
        {
            var request = Redrawing(prompt, seed + (i * GenerationRequest.MaxImages), together.Length);
            foreach (var (strength, ofStrength) in (await ScoreTogetherAsync(request, together, cancellationToken).ConfigureAwait(false)).Index())
            {
                scores[strength].AddRange(ofStrength);
            }
        }

        return scores;
    }

    private async Task<IReadOnlyList<IReadOnlyList<double>>> ScoreTogetherAsync(GenerationRequest request, IReadOnlyList<Latent> starts, CancellationToken cancellationToken)
    {
        var scores = new List<IReadOnlyList<double>>();
        foreach (var strengths in StrengthRange.Labels.Chunk(options.StrengthsAtOnce))
        {
            var redrawn = await models.Redrawer.SweepStrengthsAsync(request, starts, strengths, cancellationToken).ConfigureAwait(false);
            var scored = new Dictionary<IReadOnlyList<GeneratedImage>, IReadOnlyList<double>>();
            foreach (var images in redrawn.Distinct())
            {
                scored[images] = await ScoreAsync(request.Prompt, starts, [.. images.Select(image => image.Picture)], cancellationToken).ConfigureAwait(false);
            }

            scores.AddRange(redrawn.Select(images => scored[images]));
        }

        return scores;
    }

    // How well pictures fit the prompt, and, where that counts, how much they keep of their starts.
    private async Task<IReadOnlyList<double>> ScoreAsync(string prompt, IReadOnlyList<Latent> starts, Picture[] redrawn, CancellationToken cancellationToken)
    {
        var scores = models.Clip.Score(redrawn, prompt);
        if (options.KeptWeight == 0)
        {
            return scores;
        }

        var decoded = new Dictionary<Latent, Picture>();
        foreach (var start in starts.Distinct())
        {
            decoded[start] = await models.Redrawer.DecodeAsync(start, cancellationToken).ConfigureAwait(false);
        }

        using var likeness = new ClipImageSimilarity(models.Clip);
        using var cosines = likeness.Score([.. starts.Zip(redrawn, (start, picture) => new KeptPair(decoded[start], prompt, picture, prompt))]);
        return [.. scores.Zip(cosines.data<float>(), (score, cosine) => score + (options.KeptWeight * cosine))];
    }

    private GenerationRequest Redrawing(string prompt, long seed, int images) => Request(prompt, seed, images) with { SkipSteps = SkipStepSchedule.AtMost(options.MaxStepFraction) };

    private GenerationRequest Request(string prompt, long seed, int images) => new()
    {
        Prompt = prompt,
        ImageCount = images,
        Seed = seed,
        Steps = options.Steps,
        GuidanceScale = options.GuidanceScale,
        Scheduler = options.Scheduler,
    };

    // What the edge drew, in the redrawer's space: as it is where both have the same VAE, else by way of the pictures.
    private async ValueTask<IReadOnlyList<Latent>> LatentsAsync(IReadOnlyList<GeneratedImage> starts, CancellationToken cancellationToken)
    {
        var edgeVae = (await models.Edge.FingerprintAsync(cancellationToken).ConfigureAwait(false)).Vae;
        var redrawerVae = (await models.Redrawer.FingerprintAsync(cancellationToken).ConfigureAwait(false)).Vae;
        return edgeVae == redrawerVae
            ? [.. starts.Select(start => start.Latent)]
            : await Task.WhenAll(starts.Select(start => models.Redrawer.EncodeAsync(start.Picture, cancellationToken))).ConfigureAwait(false);
    }

    private static double StandardError(IReadOnlyList<double> scores)
    {
        var mean = scores.Average();
        return scores.Count > 1 ? Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / (scores.Count - 1) / scores.Count) : double.NaN;
    }
}
