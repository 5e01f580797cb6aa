namespace DiffusionX.Scenes;

/// <summary>
/// Combinations of kind and colour that training never shows, for measuring whether a model composes what it knows: one of each kind, two
/// of each colour, 16 of 128.
/// </summary>
internal static class HeldOutCombinations
{
    /// <summary>Whether a combination is held out of training.</summary>
    public static bool Contain(ThingKind kind, ThingColor color) => (int)color == (((int)kind * 3) + 1) % Enum.GetValues<ThingColor>().Length;

    /// <summary>The held-out colour of a kind.</summary>
    public static ThingColor Of(ThingKind kind) => Enum.GetValues<ThingColor>().Single(color => Contain(kind, color));
}
