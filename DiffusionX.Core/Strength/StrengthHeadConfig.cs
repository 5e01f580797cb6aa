using System.Text.Json.Serialization;

namespace DiffusionX.Strength;

/// <summary>The shape of a <see cref="StrengthHead"/>, and the encoders whose embeddings it understands.</summary>
internal sealed record StrengthHeadConfig
{
    /// <summary>Whose strengths it predicts.</summary>
    public required StrengthSide Side { get; init; }

    /// <summary>How many numbers it is given.</summary>
    public required int Inputs { get; init; }

    /// <summary>The widths of its hidden layers.</summary>
    public required IReadOnlyList<int> HiddenWidths { get; init; }

    /// <summary>What its predictions are raised to where that costs no steps; null where they never are.</summary>
    [JsonPropertyName("ample")]
    public StrengthFloor? Floor { get; init; }

    /// <summary>The fingerprints of the encoders that it was trained with, by their names.</summary>
    public required IReadOnlyDictionary<string, string> Encoders { get; init; }
}
