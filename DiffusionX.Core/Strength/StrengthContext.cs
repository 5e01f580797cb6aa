using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;

namespace DiffusionX.Strength;

/// <summary>What a predictor may look at. Embeddings and pictures are not computed before one asks the model for them.</summary>
/// <param name="Model">The model that is going to redraw: it embeds prompts, and decodes latents to pictures.</param>
/// <param name="Prompt">What the redrawn picture should show.</param>
public sealed record StrengthContext(DiffusionModel Model, string Prompt)
{
    /// <summary>
    /// On the edge, the prompt that the start was drawn for. Null in the cloud, which redraws for the prompt of the draft itself.
    /// </summary>
    public string? PreviousPrompt { get; init; }

    /// <summary>The LoRAs that the model redraws with; null for its own.</summary>
    internal IReadOnlyList<LoraSelection>? Loras { get; init; }

    /// <summary>The start's latent, or null where it came as a picture.</summary>
    public Latent? Latent { get; init; }

    /// <summary>The start as a picture, or null where it came as a latent: <see cref="PictureAsync"/> has it in both cases.</summary>
    public Picture? Picture { get; init; }

    /// <summary>The model's vector for a prompt, with the LoRAs that it redraws with.</summary>
    internal Task<ReadOnlyMemory<float>> EmbedAsync(string prompt, CancellationToken cancellationToken) =>
        Model.EmbedPromptAsync(prompt, Loras, cancellationToken);

    /// <summary>The start as a picture, decoded if need be.</summary>
    /// <param name="cancellationToken">Takes the decoding back before it starts.</param>
    /// <exception cref="InvalidOperationException">There is neither a picture nor a latent.</exception>
    public async ValueTask<Picture> PictureAsync(CancellationToken cancellationToken = default)
    {
        if (Picture is not null)
        {
            return Picture;
        }

        var latent = Latent ?? throw new InvalidOperationException("This context has neither a picture nor a latent.");
        return await Model.DecodeAsync(latent, cancellationToken).ConfigureAwait(false);
    }
}
