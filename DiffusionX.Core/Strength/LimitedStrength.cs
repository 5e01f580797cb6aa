namespace DiffusionX.Strength;

/// <summary>
/// Another predictor's strength, up to a limit: however far a draft is from its prompt, some of it is kept. Half of the noise fills in
/// details and mends most things, and leaves what was accepted where it was.
/// </summary>
public sealed class LimitedStrength : IStrengthPredictor, IDisposable
{
    /// <summary>The limit where nobody says otherwise.</summary>
    public const double DefaultMost = 0.5;

    private readonly IStrengthPredictor predictor;
    private readonly double most;

    /// <param name="predictor">The other predictor, owned from now on.</param>
    /// <param name="most">The highest strength, 0 to 1.</param>
    public LimitedStrength(IStrengthPredictor predictor, double most = DefaultMost)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, 1);
        this.predictor = predictor;
        this.most = most;
    }

    /// <inheritdoc/>
    public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default) =>
        Math.Min(most, await predictor.PredictAsync(context, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public void Dispose() => (predictor as IDisposable)?.Dispose();
}
