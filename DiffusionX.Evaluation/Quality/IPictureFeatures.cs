using DiffusionX.Imaging;

namespace DiffusionX.Evaluation.Quality;

/// <summary>A network by whose eyes pictures are compared. Figures of different ones do not compare, so each says what it is.</summary>
internal interface IPictureFeatures : IDisposable
{
    /// <summary>What stands beside its figures, such as the network's name.</summary>
    string Name { get; }

    /// <summary>How pictures are brought to its size, which changes figures.</summary>
    string Resize { get; }

    /// <summary>Numbers that describe one picture.</summary>
    int FeatureCount { get; }

    /// <summary>Classes that it names; 0 for none.</summary>
    int ClassCount { get; }

    /// <summary>Describes pictures.</summary>
    /// <param name="pictures">At least one.</param>
    /// <returns>Tensors that belong to the caller's dispose scope.</returns>
    PictureDescription Describe(IReadOnlyList<Picture> pictures);
}
