namespace DiffusionX.Scenes;

/// <summary>The colours of things.</summary>
public enum ThingColor
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
