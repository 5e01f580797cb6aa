using DiffusionX.Pipeline;

namespace DiffusionX.Strength;

/// <summary>
/// The learned predictor of the edge: how much noise a change of prompt needs, from the text encoder's embeddings of both prompts. The
/// embeddings are needed for drawing anyway and kept, so that a prediction costs a few small products.
/// </summary>
public sealed class EdgeStrengthPredictor : IStrengthPredictor
{
    /// <summary>The name of its encoder in a head's config.</summary>
    public const string TextEncoder = "text_encoder";

    private readonly StrengthMlp head;
    private readonly DiffusionModel edge;

    private EdgeStrengthPredictor(StrengthMlp head, DiffusionModel edge)
    {
        this.head = head;
        this.edge = edge;
    }

    /// <summary>Loads a predictor.</summary>
    /// <param name="folder">A head that was trained for the edge.</param>
    /// <param name="edge">The model that embeds the prompts; it stays the caller's.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    /// <exception cref="StrengthException">The head is damaged, or was trained with another text encoder.</exception>
    public static async Task<EdgeStrengthPredictor> LoadAsync(string folder, DiffusionModel edge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(edge);
        var fingerprints = await edge.FingerprintAsync(cancellationToken).ConfigureAwait(false);
        var encoders = new Dictionary<string, string> { [TextEncoder] = fingerprints.TextEncoder };
        return new EdgeStrengthPredictor(await edge.ComputeAsync(() => Load(folder, encoders), cancellationToken).ConfigureAwait(false), edge);
    }

    /// <inheritdoc/>
    /// <remarks>Without a previous prompt nothing is known to have changed, and the strength is the smallest.</remarks>
    public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.PreviousPrompt is not { } previousPrompt)
        {
            return StrengthRange.Smallest;
        }

        var previous = await edge.EmbedPromptAsync(previousPrompt, cancellationToken).ConfigureAwait(false);
        var current = await edge.EmbedPromptAsync(context.Prompt, cancellationToken).ConfigureAwait(false);
        return head.Predict(EmbeddingDelta.Features(previous.Span, current.Span));
    }

    private static StrengthMlp Load(string folder, Dictionary<string, string> encoders)
    {
        using var head = StrengthHeadFolder.Load(folder, StrengthSide.Edge, encoders);
        return head.ToMlp();
    }
}
