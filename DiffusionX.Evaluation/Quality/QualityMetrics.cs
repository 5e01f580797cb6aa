namespace DiffusionX.Evaluation.Quality;

/// <summary>How good pictures are. What was not asked for, or can't be told, is null.</summary>
internal sealed record QualityMetrics
{
    /// <summary>What was measured.</summary>
    public required string Source { get; init; }

    /// <summary>How many pictures there were, N: a Fréchet distance falls with it.</summary>
    public required int Count { get; init; }

    /// <summary>The Fréchet distance to the reference set.</summary>
    public Estimate? FrechetDistance { get; init; }

    /// <summary>How many pictures the reference set has.</summary>
    public long? ReferenceCount { get; init; }

    /// <summary>The Inception Score, or that of another network's classes.</summary>
    public Estimate? InceptionScore { get; init; }

    /// <summary>The score's standard deviation over its parts.</summary>
    public double? InceptionDeviation { get; init; }

    /// <summary>The network behind both.</summary>
    public string? Features { get; init; }

    /// <summary>How pictures were brought to that network's size.</summary>
    public string? FeaturesResize { get; init; }

    /// <summary>The mean cosine of pictures and prompts.</summary>
    public Estimate? ClipScore { get; init; }

    /// <summary>Each picture's cosine, in the pictures' order; see <see cref="PairedDifference"/>.</summary>
    public IReadOnlyList<float>? ClipScores { get; init; }

    /// <summary>The CLIP behind it.</summary>
    public string? Clip { get; init; }

    /// <summary>How pictures were brought to CLIP's size.</summary>
    public string? ClipResize { get; init; }

    /// <summary>
    /// The share of what prompts ask for that a judge finds, in [0, 1]; null also where no prompt asks for anything that it knows.
    /// </summary>
    public Estimate? Fidelity { get; init; }

    /// <summary>Each picture's share, in the pictures' order; NaN where its prompt asks for nothing that the judge knows.</summary>
    public IReadOnlyList<float>? Fidelities { get; init; }

    /// <summary>Who judged.</summary>
    public string? Judge { get; init; }

    /// <summary>How pictures were brought to the judge's size.</summary>
    public string? JudgeResize { get; init; }
}
