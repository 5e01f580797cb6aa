namespace DiffusionX.Scenes;

/// <summary>One thing in a scene.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Size">How large it is.</param>
/// <param name="X">Its centre, 0 at the left edge and 1 at the right, in eighths.</param>
/// <param name="Y">Its centre, 0 at the top edge and 1 at the bottom, in eighths.</param>
/// <param name="Variant">Decides the small things about its drawing, such as the number of windows.</param>
internal sealed record Thing(ThingKind Kind, ThingColor Color, ThingSize Size, float X, float Y, int Variant)
{
    private const float SmallRadius = 0.17f;
    private const float LargeRadius = 0.24f;

    /// <summary>Half its width and height, in units of the picture's side.</summary>
    public float Radius => Size == ThingSize.Small ? SmallRadius : LargeRadius;
}
