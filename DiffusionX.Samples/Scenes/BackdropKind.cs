namespace DiffusionX.Scenes;

/// <summary>What things stand before.</summary>
internal enum BackdropKind
{
    Meadow,
    Beach,
    Snow,
    Desert,
    City,
    Sea,
    PlainGrey,
    PlainCream,
    PlainTeal,
}
