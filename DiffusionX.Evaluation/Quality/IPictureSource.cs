namespace DiffusionX.Evaluation.Quality;

/// <summary>
/// Pictures to measure, by number: the same number always gives the same picture, so that a measurement can go on where it stopped.
/// </summary>
internal interface IPictureSource
{
    /// <summary>
    /// What they are and how they came to be, in a line: a measurement that has begun goes on with a source of the same words only.
    /// </summary>
    string Name { get; }

    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>One of them.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="cancellationToken">Stops the reading or drawing.</param>
    Task<PromptedPicture> ReadAsync(int index, CancellationToken cancellationToken = default);
}
