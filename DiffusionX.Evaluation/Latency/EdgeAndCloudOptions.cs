using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Evaluation.Latency;

/// <summary>How edge and cloud work together in a system whose sessions are timed.</summary>
internal sealed record EdgeAndCloudOptions
{
    /// <summary>How much noise a round puts on the one before.</summary>
    public IStrengthPredictor EdgeStrength { get; init; } = new EmbeddingDistanceStrength();

    /// <summary>How much noise the edge has the cloud put on the draft; null leaves it to the cloud.</summary>
    public IStrengthPredictor? DraftStrength { get; init; }

    /// <summary>Which steps the edge leaves out in rounds after the first; see <see cref="EdgeSessionOptions.SkipSteps"/>.</summary>
    public SkipStepSchedule? EdgeSkipSteps { get; init; }

    /// <summary>
    /// How the cloud refines: how much noise it puts on the draft, and what work it spares itself. The solver is the model's own.
    /// </summary>
    public CloudRefinerOptions Cloud { get; init; } = new();

    /// <summary>Whether the edge begins the refinement; null leaves all of it to the cloud.</summary>
    public LatentRelay? Relay { get; init; }

    /// <summary>How the draft crosses the link; null for a float16 latent where both have the same VAE.</summary>
    public DraftEncoding? Encoding { get; init; }
}
