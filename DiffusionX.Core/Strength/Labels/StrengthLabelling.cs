using System.Globalization;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Generation;

namespace DiffusionX.Strength.Labels;

/// <summary>Labels many pairs, into a folder: the table <c>labels.csv</c>, and each pair's start as a picture. What is there already is not done again.</summary>
/// <param name="edge">The model that draws starts; it stays the caller's.</param>
/// <param name="painter">The model that redraws: the edge's again, or the cloud's.</param>
/// <param name="clip">The CLIP that scores; it stays the caller's.</param>
/// <param name="options">How pictures are drawn.</param>
public sealed class StrengthLabelling(DiffusionModel edge, DiffusionModel painter, ClipScorer clip, StrengthLabelOptions options)
{
    // Pairs are this far apart, so that no two of them share noise.
    private const long SeedsOfAPair = 1000;

    private readonly StrengthLabeller labeller = new(edge, painter, clip, options);

    /// <summary>The picture of a pair's start.</summary>
    /// <param name="folder">The folder that <see cref="RunAsync"/> wrote to.</param>
    /// <param name="label">The pair's label.</param>
    public static string StartFile(string folder, StrengthLabel label)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(label);
        return Path.Combine(folder, "starts", $"{label.Seed.ToString(CultureInfo.InvariantCulture)}.png");
    }

    /// <summary>Labels all pairs that have no label yet.</summary>
    /// <param name="pairs">The pairs; their order decides their seeds.</param>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="progress">Told how many are done.</param>
    /// <param name="cancellationToken">Stops within a step; the labels so far are kept.</param>
    /// <returns>The labels of these pairs, in their order.</returns>
    /// <exception cref="StrengthException">The folder has a table of other settings, or one that is damaged.</exception>
    /// <exception cref="GenerationException">A setting can't be met.</exception>
    public async Task<IReadOnlyList<StrengthLabel>> RunAsync(
        IReadOnlyList<StrengthPair> pairs, string folder, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(folder);
        Directory.CreateDirectory(Path.Combine(folder, "starts"));
        var table = StrengthLabelTable.Open(Path.Combine(folder, "labels.csv"), options, await ModelsAsync(cancellationToken).ConfigureAwait(false));
        var labels = new List<StrengthLabel>();
        foreach (var (i, pair) in pairs.Index())
        {
            labels.Add(table.Find(pair) ?? await LabelAsync(pair, options.Seed + (i * SeedsOfAPair), table, folder, cancellationToken).ConfigureAwait(false));
            progress?.Report(i + 1);
        }

        return labels;
    }

    private async Task<string> ModelsAsync(CancellationToken cancellationToken)
    {
        const int Enough = 12;
        var drafting = await edge.FingerprintUNetAsync(cancellationToken).ConfigureAwait(false);
        var redrawing = await painter.FingerprintUNetAsync(cancellationToken).ConfigureAwait(false);
        return $"{drafting[..Enough]} {redrawing[..Enough]}";
    }

    private async Task<StrengthLabel> LabelAsync(StrengthPair pair, long seed, StrengthLabelTable table, string folder, CancellationToken cancellationToken)
    {
        var (label, start) = await labeller.LabelAsync(pair, seed, cancellationToken).ConfigureAwait(false);
        start.Save(StartFile(folder, label));
        table.Add(label);
        return label;
    }
}
