namespace DiffusionX.Strength;

/// <summary>
/// The further a prompt's embedding lies from the previous one's, the more noise: linear in the cosine distance, between the paper's
/// smallest and largest strength. It knows nothing of pictures, and stands in where no learned predictor is at hand.
/// </summary>
public sealed class EmbeddingDistanceStrength : IStrengthPredictor
{
    /// <summary>The strength of a prompt that means the same as the one before: 0.40, the smallest label of the paper.</summary>
    public double Smallest { get; init; } = 0.40;

    /// <summary>The strength of a prompt that has nothing to do with the one before: 0.90, the largest label of the paper.</summary>
    public double Largest { get; init; } = 0.90;

    /// <summary>The cosine distance from which on prompts count as having nothing to do with each other.</summary>
    public double FarDistance { get; init; } = 0.5;

    /// <inheritdoc/>
    /// <remarks>Without a previous prompt nothing is known to have changed, and the strength is the smallest.</remarks>
    public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.PreviousPrompt is not { } previousPrompt)
        {
            return Smallest;
        }

        var previous = await context.EmbedAsync(previousPrompt, cancellationToken).ConfigureAwait(false);
        var current = await context.EmbedAsync(context.Prompt, cancellationToken).ConfigureAwait(false);
        // Embeddings that have no direction can't be compared, and count as far apart.
        return Of(CosineDistance.Between(previous.Span, current.Span) ?? FarDistance);
    }

    /// <summary>The strength of a cosine distance.</summary>
    internal double Of(double distance) => Smallest + ((Largest - Smallest) * Math.Clamp(distance / FarDistance, 0, 1));
}
