namespace DiffusionX.Hosting.Images;

/// <summary>What draws pictures: a model of the host, or a pair of edge and cloud.</summary>
internal interface IPictureSource
{
    /// <summary>What clients call it.</summary>
    string Name { get; }

    /// <summary>Draws pictures.</summary>
    /// <param name="order">Which.</param>
    /// <param name="report">Told of each picture, and before of the looks at it, in order; on any thread.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    Task DrawAsync(PictureOrder order, Action<PictureUpdate> report, CancellationToken cancellationToken);
}
