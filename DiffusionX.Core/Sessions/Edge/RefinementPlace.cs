namespace DiffusionX.Sessions.Edge;

/// <summary>Where a picture was refined.</summary>
public enum RefinementPlace
{
    /// <summary>By the cloud's model.</summary>
    Cloud,

    /// <summary>By the edge's own model, because the cloud could not, or was expected to take longer.</summary>
    Edge,
}
