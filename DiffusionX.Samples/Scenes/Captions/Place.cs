namespace DiffusionX.Scenes.Captions;

/// <summary>Where a thing is in the picture.</summary>
internal enum Place
{
    Left,
    Middle,
    Right,
}
