namespace DiffusionX.Scenes;

/// <summary>The colours of things.</summary>
internal enum ThingColor
{
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    Pink,
    White,
}
