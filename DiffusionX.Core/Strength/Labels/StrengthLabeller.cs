using DiffusionX.Evaluation.Quality;
using DiffusionX.Generation;
using DiffusionX.Imaging;

namespace DiffusionX.Strength.Labels;

/// <summary>
/// Measures how well pictures that were redrawn at each strength fit their prompt. The start is drawn by the edge from noise; the eleven strengths share the noise that
/// is put on it, and the prompt's embedding.
/// </summary>
/// <param name="edge">The model that draws starts.</param>
/// <param name="painter">The model that redraws: the edge's again, or the cloud's.</param>
/// <param name="clip">The CLIP that scores.</param>
/// <param name="options">How pictures are drawn.</param>
internal sealed class StrengthLabeller(DiffusionModel edge, DiffusionModel painter, ClipScorer clip, StrengthLabelOptions options)
{
    /// <summary>Measures a pair.</summary>
    /// <returns>The scores, and the start as a picture.</returns>
    public async Task<(StrengthLabel Label, Picture Start)> LabelAsync(StrengthPair pair, long seed, CancellationToken cancellationToken)
    {
        var drawn = await edge.GenerateAsync(Request(pair.StartPrompt, seed), progress: null, cancellationToken).ConfigureAwait(false);
        var start = drawn.Images[0];
        var request = await RedrawingAsync(pair, start, seed + 1, cancellationToken).ConfigureAwait(false);
        var scores = new List<IReadOnlyList<double>>();
        foreach (var strengths in StrengthRange.Labels.Chunk(options.StrengthsAtOnce))
        {
            var redrawn = await painter.RedrawAsync(request, strengths, cancellationToken).ConfigureAwait(false);
            scores.AddRange(redrawn.Select(images => clip.Score([.. images.Select(image => image.Picture)], pair.Prompt)));
        }

        var startScore = clip.Score([start.Picture], pair.Prompt)[0];
        return (new StrengthLabel(pair, seed, startScore, [.. scores.Select(each => each.Average())], scores.Average(StandardError)), start.Picture);
    }

    private GenerationRequest Request(string prompt, long seed) => new()
    {
        Prompt = prompt,
        Seed = seed,
        Steps = options.Steps,
        GuidanceScale = options.GuidanceScale,
        Scheduler = options.Scheduler,
    };

    private async ValueTask<GenerationRequest> RedrawingAsync(StrengthPair pair, GeneratedImage start, long seed, CancellationToken cancellationToken)
    {
        var edgeVae = (await edge.FingerprintAsync(cancellationToken).ConfigureAwait(false)).Vae;
        var painterVae = (await painter.FingerprintAsync(cancellationToken).ConfigureAwait(false)).Vae;
        return Request(pair.Prompt, seed) with
        {
            Images = options.Images,
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
