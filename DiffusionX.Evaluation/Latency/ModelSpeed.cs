using System.Diagnostics;

namespace DiffusionX.Evaluation.Latency;

/// <summary>How fast a device runs a model: a step of the UNet takes its time, and a run some more, for text encoder and VAE.</summary>
internal sealed record ModelSpeed
{
    // More runs of each kind move the medians no more.
    private const int EnoughRuns = 30;

    private static readonly TimeSpan MeasuringTime = TimeSpan.FromSeconds(5);

    /// <summary>Seconds of one step, guidance included.</summary>
    public required double SecondsPerStep { get; init; }

    /// <summary>Seconds that a run takes besides its steps.</summary>
    public double SecondsPerRun { get; init; }

    /// <summary>Steps of a whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>Seconds of a run.</summary>
    /// <param name="strength">The share of its steps that it takes: 1 from noise.</param>
    public double Seconds(double strength = 1) => SecondsPerRun + (Steps * strength * SecondsPerStep);

    /// <summary>
    /// Measures a model here: whole runs and half ones take turns, and the difference of their medians is what steps take.
    /// </summary>
    /// <param name="drawing">The model, and its settings.</param>
    /// <param name="repetitions">Runs of each kind, at the least; small models take more, for five seconds but no more than thirty,
    /// since their medians vary more.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    /// <exception cref="EvaluationException">A run has a single step, of which there is no half.</exception>
    public static async Task<ModelSpeed> MeasureAsync(DrawingSettings drawing, int repetitions = 5, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(drawing);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(repetitions);
        var (steps, half) = (drawing.Defaults.Steps, drawing.Defaults.Steps / 2);
        if (half < 1)
        {
            throw new EvaluationException("The time of a step is measured with whole and half runs, which takes a schedule of at least 2 steps.");
        }

        var (whole, halved) = (new List<double>(), new List<double>());
        await TimeAsync(drawing, "warm-up", steps, cancellationToken).ConfigureAwait(false);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < repetitions || (i < EnoughRuns && Stopwatch.GetElapsedTime(start) < MeasuringTime); i++)
        {
            whole.Add(await TimeAsync(drawing, $"a whole run, {i}", steps, cancellationToken).ConfigureAwait(false));
            halved.Add(await TimeAsync(drawing, $"half a run, {i}", half, cancellationToken).ConfigureAwait(false));
        }

        var median = Quantile.Of(whole, 0.5);
        var perStep = Math.Max((median - Quantile.Of(halved, 0.5)) / (steps - half), 0);
        return new ModelSpeed { SecondsPerStep = perStep, SecondsPerRun = Math.Max(median - (steps * perStep), 0), Steps = steps };
    }

    // Each prompt is a new one, or the text encoder would not have to read it.
    private static async Task<double> TimeAsync(DrawingSettings drawing, string prompt, int steps, CancellationToken cancellationToken)
    {
        var result = await drawing.Model.GenerateAsync(drawing.Request(prompt, seed: 1) with { Steps = steps }, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.Timings.Total.TotalSeconds;
    }
}
