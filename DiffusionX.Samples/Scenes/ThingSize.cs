namespace DiffusionX.Scenes;

/// <summary>The sizes of things.</summary>
internal enum ThingSize
{
    /// <summary>About a third of the picture's width.</summary>
    Small,

    /// <summary>About a half of the picture's width.</summary>
    Large,
}
