using System.Globalization;
using System.Runtime.CompilerServices;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Strength;

namespace DiffusionX.Training.StrengthLabels;

/// <summary>
/// Labels many pairs, into a folder: the table <c>labels.csv</c>, and each pair's start as a picture. What is there already is not done
/// again.
/// </summary>
/// <param name="models">One set of models or several of the same weights; each labels a pair while the others label theirs. The labels do
/// not depend on how many there are.</param>
/// <param name="options">How pictures are drawn.</param>
internal sealed class StrengthLabelling(IReadOnlyList<LabelModels> models, StrengthLabelOptions options)
{
    // Pairs are this far apart, so that no two of them share noise.
    private const long SeedsOfAPair = 1000;

    private readonly StrengthLabeller[] labellers = [.. models.Select(each => new StrengthLabeller(each, options))];

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
        (StrengthPair Pair, long Seed)[] missing = [.. pairs.Select((pair, i) => (pair, options.Seed + (i * SeedsOfAPair))).Where(each => table.Find(each.pair) is null)];
        var done = pairs.Count - missing.Length;
        progress?.Report(done);
        await foreach (var (label, start) in LabelAsync(missing, cancellationToken).ConfigureAwait(false))
        {
            start.Save(StartFile(folder, label));
            table.Add(label);
            progress?.Report(++done);
        }

        return [.. pairs.Select(pair => table.Find(pair)!)];
    }

    private async Task<string> ModelsAsync(CancellationToken cancellationToken)
    {
        const int Enough = 12;
        var drafting = await models[0].Edge.FingerprintUNetAsync(cancellationToken).ConfigureAwait(false);
        var redrawing = await models[0].Redrawer.FingerprintUNetAsync(cancellationToken).ConfigureAwait(false);
        return $"{drafting[..Enough]} {redrawing[..Enough]}";
    }

    // In the pairs' order, which is the table's. The models that are free are those of the pair that was waited for, so they take turns.
    private async IAsyncEnumerable<(StrengthLabel Label, Picture Start)> LabelAsync(
        IReadOnlyList<(StrengthPair Pair, long Seed)> pairs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<Task<(StrengthLabel, Picture)>>();
        try
        {
            foreach (var (i, (pair, seed)) in pairs.Index())
            {
                if (running.Count == labellers.Length)
                {
                    yield return await running.Dequeue().ConfigureAwait(false);
                }

                running.Enqueue(labellers[i % labellers.Length].LabelAsync(pair, seed, stop.Token));
            }

            while (running.TryDequeue(out var last))
            {
                yield return await last.ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
