using DiffusionX.Imaging;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>
/// Measures pictures batch by batch into a file, and takes the figures from there: an interrupted measurement goes on where it stopped, and
/// pictures are never in memory together. While a batch is measured the next one is read or drawn.
/// </summary>
internal sealed class QualityEvaluation
{
    private readonly IPictureFeatures? features;
    private readonly IPromptScorer? scorer;
    private readonly IPromptScorer? judge;
    private readonly QualityOptions options;

    /// <param name="features">By whose eyes distances are taken; null for none.</param>
    /// <param name="scorer">Who says how well prompts are met; null for nobody.</param>
    /// <param name="options">The settings; null for the default ones.</param>
    /// <param name="judge">Who finds in pictures what prompts ask for, for <see cref="QualityMetrics.Fidelity"/>; null for nobody. NaN is
    /// its way to say that a prompt asks for nothing it knows.</param>
    /// <exception cref="EvaluationException">There is nothing to measure, or a setting is out of range.</exception>
    public QualityEvaluation(IPictureFeatures? features, IPromptScorer? scorer, QualityOptions? options = null, IPromptScorer? judge = null)
    {
        this.features = features;
        this.scorer = scorer;
        this.judge = judge;
        this.options = options ?? new QualityOptions();
        if (features is null && scorer is null && judge is null)
        {
            throw new EvaluationException("There is nothing to measure with: give the weights of Inception, of a judge, or of a CLIP.");
        }

        if (this.options.BatchSize < 1 || this.options.Splits < 1)
        {
            throw new EvaluationException($"{this.options.BatchSize} pictures at once and {this.options.Splits} splits were asked for; both have to be at least 1.");
        }
    }

    private int FeatureCount => features?.FeatureCount ?? 0;

    private int ClassCount => features?.ClassCount ?? 0;

    private int Width => FeatureCount + ClassCount + (scorer is null ? 0 : 1) + (judge is null ? 0 : 1);

    /// <summary>Measures pictures.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="file">Where the measurements go, and where an earlier run may have begun them.</param>
    /// <param name="reference">The statistics of the pictures to take the distance to; null for no distance.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Stops at the next picture; finished batches are kept.</param>
    /// <exception cref="EvaluationException">A picture has no prompt, there are too few pictures, or the file is of another
    /// measurement.</exception>
    public async Task<QualityMetrics> MeasureAsync(
        IPictureSource pictures, string file, FeatureStatistics? reference, IProgress<QualityProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var measurements = await GatherAsync(pictures, file, progress, cancellationToken).ConfigureAwait(false);
        return Figures(pictures, measurements, reference, cancellationToken);
    }

    /// <summary>
    /// The statistics of the pictures that others are measured against; to be kept with <see cref="FeatureStatistics.Save"/>.
    /// </summary>
    /// <inheritdoc cref="MeasureAsync"/>
    public async Task<FeatureStatistics> DescribeAsync(
        IPictureSource pictures, string file, IProgress<QualityProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var measuring = features is null
            ? throw new EvaluationException("Statistics of pictures take a network that describes them: give the weights of Inception or of a judge.")
            : new QualityEvaluation(features, scorer: null, options);
        using var measurements = await measuring.GatherAsync(pictures, file, progress, cancellationToken).ConfigureAwait(false);
        using var scope = NewDisposeScope();
        return FeatureStatistics.Of(measurements.Columns(pictures.Count, 0, FeatureCount));
    }

    private async Task<MeasurementFile> GatherAsync(IPictureSource pictures, string file, IProgress<QualityProgress>? progress, CancellationToken cancellationToken)
    {
        var measurements = MeasurementFile.Open(file, $"{pictures.Name}; {features?.Name ?? "no features"}; {scorer?.Name ?? "no CLIP"}; {judge?.Name ?? "no judge"}", Width);
        try
        {
            progress?.Report(new QualityProgress(pictures.Name, Math.Min(measurements.Count, pictures.Count), pictures.Count));
            await foreach (var batch in BatchesAsync(pictures, measurements.Count, cancellationToken).ConfigureAwait(false))
            {
                Append(measurements, batch);
                progress?.Report(new QualityProgress(pictures.Name, measurements.Count, pictures.Count));
            }

            return measurements;
        }
        catch
        {
            measurements.Dispose();
            throw;
        }
    }

    private async IAsyncEnumerable<PromptedPicture[]> BatchesAsync(
        IPictureSource pictures, int first, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ahead = first < pictures.Count ? ReadAsync(pictures, first, cancellationToken) : null;
        while (ahead is not null)
        {
            var batch = await ahead.ConfigureAwait(false);
            first += batch.Length;
            ahead = first < pictures.Count ? ReadAsync(pictures, first, cancellationToken) : null;
            yield return batch;
        }
    }

    private async Task<PromptedPicture[]> ReadAsync(IPictureSource pictures, int first, CancellationToken cancellationToken)
    {
        var batch = new PromptedPicture[Math.Min(options.BatchSize, pictures.Count - first)];
        for (var i = 0; i < batch.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch[i] = await pictures.ReadAsync(first + i, cancellationToken).ConfigureAwait(false);
        }

        return batch;
    }

    private void Append(MeasurementFile measurements, PromptedPicture[] batch)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        Picture[] pictures = [.. batch.Select(picture => picture.Picture)];
        List<Tensor> columns = [];
        if (features is not null)
        {
            var described = features.Describe(pictures);
            columns.Add(described.Features);
            columns.AddRange(described.Logits is { } logits ? [logits] : []);
        }

        if (scorer is not null)
        {
            columns.Add(scorer.Score(pictures, [.. batch.Select((picture, i) => picture.Prompt ?? throw NoPrompt(measurements.Count + i))]).unsqueeze(1));
        }

        if (judge is not null)
        {
            columns.Add(judge.Score(pictures, [.. batch.Select(picture => picture.Prompt ?? "")]).unsqueeze(1));
        }

        measurements.Append(cat([.. columns.Select(column => column.to(ScalarType.Float32, CPU))], 1));
    }

    private static EvaluationException NoPrompt(int index) => new(
        $"Picture {index + 1} has no prompt, which a CLIP score compares it with. Give a file of prompts, or PNG files that carry theirs.");

    private QualityMetrics Figures(IPictureSource pictures, MeasurementFile measurements, FeatureStatistics? reference, CancellationToken cancellationToken)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var count = pictures.Count;
        var distance = features is null || reference is null ? null : Distance(measurements.Columns(count, 0, FeatureCount), reference, cancellationToken);
        var (score, deviation) = ClassCount == 0 || count < options.Splits ? (null, null) : Score(measurements.Columns(count, FeatureCount, ClassCount), cancellationToken);
        var clipScores = scorer is null ? null : Values(measurements.Columns(count, FeatureCount + ClassCount, 1));
        var fidelities = judge is null ? null : Values(measurements.Columns(count, Width - 1, 1));
        return new QualityMetrics
        {
            Source = pictures.Name,
            Count = count,
            FrechetDistance = distance,
            ReferenceCount = distance is null ? null : reference?.Count,
            InceptionScore = score,
            InceptionDeviation = deviation,
            Features = features?.Name,
            FeaturesResize = features?.Resize,
            ClipScore = clipScores is null ? null : Mean(clipScores, cancellationToken),
            ClipScores = clipScores,
            Clip = scorer?.Name,
            ClipResize = scorer?.Resize,
            Fidelity = fidelities is null ? null : Fidelity(fidelities, cancellationToken),
            Fidelities = fidelities,
            Judge = judge?.Name,
            JudgeResize = judge?.Resize,
        };
    }

    private Estimate Distance(Tensor rows, FeatureStatistics reference, CancellationToken cancellationToken) =>
        options.Distributions.Normal((int)rows.shape[0], numbers => OfRows(rows, numbers, drawn => DistanceTo(drawn, reference)), cancellationToken);

    private static double DistanceTo(Tensor rows, FeatureStatistics reference)
    {
        using var statistics = FeatureStatistics.Of(rows);
        return FrechetDistance.Between(statistics, reference);
    }

    private (Estimate Score, double? Deviation) Score(Tensor logits, CancellationToken cancellationToken) => (
        options.Distributions.Normal((int)logits.shape[0], numbers => OfRows(logits, numbers, drawn => InceptionScore.OfLogits(drawn, options.Splits).Mean), cancellationToken),
        InceptionScore.OfLogits(logits, options.Splits).StandardDeviation);

    // A judge that knows nothing of what a prompt asks for says NaN; from a CLIP it is a fault, and stays to be seen.
    private Estimate? Fidelity(float[] shares, CancellationToken cancellationToken)
    {
        float[] judged = [.. shares.Where(share => !float.IsNaN(share))];
        return judged.Length == 0 ? null : Mean(judged, cancellationToken);
    }

    private Estimate Mean(float[] values, CancellationToken cancellationToken) =>
        options.Means.Percentile(values.Length, numbers => numbers.Average(i => (double)values[i]), cancellationToken);

    private static float[] Values(Tensor column) => column.data<float>().ToArray();

    private static double OfRows(Tensor rows, int[] numbers, Func<Tensor, double> figure)
    {
        using var scope = NewDisposeScope();
        return figure(rows.index_select(0, tensor(numbers, ScalarType.Int64)));
    }
}
