namespace DiffusionX.Strength;

/// <summary>One strength for everything: the baseline that a predictor has to beat.</summary>
public sealed class FixedStrength : IStrengthPredictor
{
    private readonly double strength;

    /// <param name="strength">From 0 to 1.</param>
    public FixedStrength(double strength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(strength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(strength, 1);
        this.strength = strength;
    }

    /// <inheritdoc/>
    public ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default) => new(strength);
}
