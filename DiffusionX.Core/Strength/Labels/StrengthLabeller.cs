using DiffusionX.Evaluation.Quality;
using DiffusionX.Generation;
using DiffusionX.Imaging;

namespace DiffusionX.Strength.Labels;

/// <summary>
/// Measures how well pictures that were redrawn at each strength fit their prompt. Starts are drawn by the edge from noise; the eleven strengths share them, the noise that
/// is put on them, and the prompt's embedding.
/// </summary>
/// <param name="edge">The model that draws starts.</param>
/// <param name="painter">The model that redraws: the edge's again, or the cloud's.</param>
/// <param name="clip">The CLIP that scores.</param>
/// <param name="options">How pictures are drawn.</param>
internal sealed class StrengthLabeller(DiffusionModel edge, DiffusionModel painter, ClipScorer clip, StrengthLabelOptions options)
{
    /// <summary>Measures a pair.</summary>
    /// <returns>The scores, and the first start as a picture.</returns>
    public async Task<(StrengthLabel Label, Picture Start)> LabelAsync(StrengthPair pair, long seed, CancellationToken cancellationToken)
    {
        var drawn = await edge.GenerateAsync(Request(pair.StartPrompt, seed, options.Starts), progress: null, cancellationToken).ConfigureAwait(false);
        var ofStarts = new List<IReadOnlyList<IReadOnlyList<double>>>();
        foreach (var (i, start) in drawn.Images.Index())
        {
            ofStarts.Add(await ScoreAsync(pair, start, seed + options.Starts + (i * options.Images), cancellationToken).ConfigureAwait(false));
        }

        IReadOnlyList<double>[] scores = [.. StrengthRange.Labels.Select((_, strength) => ofStarts.SelectMany(each => each[strength]).ToArray())];
        var startScore = clip.Score([.. drawn.Images.Select(start => start.Picture)], pair.Prompt).Average();
        return (new StrengthLabel(pair, seed, startScore, [.. scores.Select(each => each.Average())], scores.Average(StandardError)), drawn.Images[0].Picture);
    }

    private async Task<IReadOnlyList<IReadOnlyList<double>>> ScoreAsync(StrengthPair pair, GeneratedImage start, long seed, CancellationToken cancellationToken)
    {
        var request = await RedrawingAsync(pair, start, seed, cancellationToken).ConfigureAwait(false);
        var scores = new List<IReadOnlyList<double>>();
        foreach (var strengths in StrengthRange.Labels.Chunk(options.StrengthsAtOnce))
        {
            var redrawn = await painter.RedrawAsync(request, strengths, cancellationToken).ConfigureAwait(false);
            var scored = redrawn.Distinct().ToDictionary(images => images, images => clip.Score([.. images.Select(image => image.Picture)], pair.Prompt));
            scores.AddRange(redrawn.Select(images => scored[images]));
        }

        return scores;
    }

    private GenerationRequest Request(string prompt, long seed, int images) => new()
    {
        Prompt = prompt,
        Images = images,
        Seed = seed,
        Steps = options.Steps,
        GuidanceScale = options.GuidanceScale,
        Scheduler = options.Scheduler,
    };

    private async ValueTask<GenerationRequest> RedrawingAsync(StrengthPair pair, GeneratedImage start, long seed, CancellationToken cancellationToken)
    {
        var edgeVae = (await edge.FingerprintAsync(cancellationToken).ConfigureAwait(false)).Vae;
        var painterVae = (await painter.FingerprintAsync(cancellationToken).ConfigureAwait(false)).Vae;
        return Request(pair.Prompt, seed, options.Images) with
        {
            StartLatent = edgeVae == painterVae ? start.Latent : null,
            StartPicture = edgeVae == painterVae ? null : start.Picture,
        };
    }

    private static double StandardError(IReadOnlyList<double> scores)
    {
        var mean = scores.Average();
        return scores.Count > 1 ? Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / (scores.Count - 1) / scores.Count) : double.NaN;
    }
}
