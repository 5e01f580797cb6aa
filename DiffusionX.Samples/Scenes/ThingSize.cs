namespace DiffusionX.Scenes;

/// <summary>The sizes of things.</summary>
public enum ThingSize
{
    /// <summary>About a quarter of the picture's width.</summary>
    Small,

    /// <summary>About two fifths of the picture's width.</summary>
    Large,
}
