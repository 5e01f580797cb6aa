using DiffusionX.Strength;
using DiffusionX.Training.StrengthLabels;

namespace DiffusionX.Cli.Train;

/// <summary>What the user asked <c>diffusionx train strength</c> for.</summary>
internal sealed record StrengthTrainingSettings
{
    /// <summary>As <see cref="Pairs"/>: sessions from the grammar of scenes.</summary>
    public const string ScenesPairs = "scenes";

    public required StrengthSide Side { get; init; }

    /// <summary>A file of sessions, or <see cref="ScenesPairs"/>.</summary>
    public required string Pairs { get; init; }

    public required int Sessions { get; init; }

    public required string EdgeFolder { get; init; }

    public required string CloudFolder { get; init; }

    public required string ClipFolder { get; init; }

    public required string BertFolder { get; init; }

    /// <summary>
    /// Whether the cloud's head is given the paper's features, BERT's and CLIP's embeddings, rather than how well the draft fits the
    /// prompt.
    /// </summary>
    public required bool PapersFeatures { get; init; }

    public required string OutputFolder { get; init; }

    public required string WorkFolder { get; init; }

    public required StrengthRule Rule { get; init; }

    public required double Tolerance { get; init; }

    public required int Starts { get; init; }

    public required int Images { get; init; }

    public int? DrawingSteps { get; init; }

    /// <summary>Where labels are made; heads are learned on the processor.</summary>
    public required string Device { get; init; }

    public bool HalfWeights { get; init; }

    /// <summary>How many pairs are labelled at a time.</summary>
    public required int Workers { get; init; }

    public int? Steps { get; init; }

    public required int Seed { get; init; }
}
