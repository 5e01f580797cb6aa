namespace DiffusionX.Strength;

/// <summary>
/// Says how much noise a start needs before it is redrawn: enough to change what the prompt changed, and no more, since noise costs steps.
/// </summary>
public interface IStrengthPredictor
{
    /// <summary>The strength for one run.</summary>
    /// <param name="context">What is redrawn, and for which prompt.</param>
    /// <param name="cancellationToken">Stops the prediction.</param>
    /// <returns>From 0 (keep almost everything) to 1 (keep almost nothing).</returns>
    ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default);
}
