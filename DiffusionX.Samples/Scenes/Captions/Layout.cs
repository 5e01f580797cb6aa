namespace DiffusionX.Scenes.Captions;

/// <summary>What can truly be said of where things are; null where nobody could tell.</summary>
internal static class Layout
{
    private const float ClearDistance = 0.12f;
    private const float SideWidth = 0.38f;
    private const float MiddleWidth = 0.09f;

    /// <summary>Where one thing is, seen from another: along the direction in which they are farther apart.</summary>
    public static Relation? Between(Thing one, Thing other)
    {
        var (right, down) = (one.X - other.X, one.Y - other.Y);
        if (Math.Abs(right) > Math.Abs(down))
        {
            return Math.Abs(right) < ClearDistance ? null : right < 0 ? Relation.LeftOf : Relation.RightOf;
        }

        return Math.Abs(down) < ClearDistance ? null : down < 0 ? Relation.Above : Relation.Below;
    }

    /// <summary>The side of the picture that a thing is on.</summary>
    public static Place? Of(Thing thing) => thing.X switch
    {
        < SideWidth => Place.Left,
        > 1 - SideWidth => Place.Right,
        > 0.5f - MiddleWidth and < 0.5f + MiddleWidth => Place.Middle,
        _ => null,
    };
}
