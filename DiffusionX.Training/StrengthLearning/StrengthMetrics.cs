using DiffusionX.Strength;

namespace DiffusionX.Training.StrengthLearning;

/// <summary>What a head is worth, as mean absolute errors on held-out examples, beside those of predictors that know less.</summary>
/// <param name="Training">Examples that it learned from.</param>
/// <param name="HeldOut">Examples that it is measured on.</param>
/// <param name="Head">The head's error.</param>
/// <param name="Constant">The error of the best constant: the median of the training labels.</param>
/// <param name="Distance">The error of the best straight line from the distance to the label, in squares on the training examples, clipped
/// like the head.</param>
internal sealed record StrengthMetrics(int Training, int HeldOut, double Head, double Constant, double Distance)
{
    /// <summary>Measures.</summary>
    /// <param name="examples">All examples.</param>
    /// <param name="predict">The head.</param>
    public static StrengthMetrics Of(IReadOnlyList<StrengthExample> examples, Func<IReadOnlyList<StrengthExample>, IReadOnlyList<double>> predict)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(predict);
        StrengthExample[] training = [.. examples.Where(example => !example.HeldOut)];
        StrengthExample[] heldOut = [.. examples.Where(example => example.HeldOut)];
        var constant = Median(training);
        var line = Line(training);
        return new StrengthMetrics(
            training.Length, heldOut.Length, Error(heldOut, predict(heldOut)), Error(heldOut, [.. heldOut.Select(_ => constant)]),
            Error(heldOut, [.. heldOut.Select(example => StrengthRange.Clip(line(example.Distance)))]));
    }

    /// <summary>The mean absolute error of predictions.</summary>
    internal static double Error(IReadOnlyList<StrengthExample> examples, IReadOnlyList<double> predictions) =>
        examples.Zip(predictions).Average(pair => Math.Abs(pair.First.Label - pair.Second));

    /// <summary>The best constant.</summary>
    internal static double Median(IReadOnlyList<StrengthExample> examples) => examples.Select(example => example.Label).Order().ElementAt(examples.Count / 2);

    private static Func<double, double> Line(StrengthExample[] examples)
    {
        var (distance, label) = (examples.Average(example => example.Distance), examples.Average(example => example.Label));
        var variance = examples.Average(example => Math.Pow(example.Distance - distance, 2));
        var slope = variance > 0 ? examples.Average(example => (example.Distance - distance) * (example.Label - label)) / variance : 0;
        return x => label + (slope * (x - distance));
    }
}
