namespace DiffusionX.Evaluation.Quality;

/// <summary>How quality is measured.</summary>
internal sealed record QualityOptions
{
    /// <summary>Pictures that are measured at once; an interruption loses no more.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Parts of the pictures that an Inception Score is the mean of.</summary>
    public int Splits { get; init; } = 10;

    /// <summary>Draws for the interval of a mean.</summary>
    public Bootstrap Means { get; init; } = new();

    /// <summary>
    /// Draws for the intervals of a Fréchet distance and an Inception Score: with 2048 features and 30,000 pictures, each takes some ten
    /// seconds.
    /// </summary>
    public Bootstrap Distributions { get; init; } = new() { Resamples = 20 };
}
