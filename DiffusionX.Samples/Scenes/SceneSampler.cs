using System.Collections.Immutable;

namespace DiffusionX.Scenes;

/// <summary>Makes scenes up.</summary>
internal static class SceneSampler
{
    private const int PlacementAttempts = 30;

    // Things are centred on the corners of cells of 16 pixels, so that one looks the same in the latent, and on the UNet's next level,
    // wherever it is: there is less to learn.
    private const int Cells = ScenesModels.PictureSize / 16;

    private const float MostOverlap = 0.1f;
    private const float HighestGround = 0.66f;
    private const float LowestSky = 0.62f;

    private static readonly ThingKind[] SkyKinds =
        [ThingKind.Sun, ThingKind.Moon, ThingKind.Star, ThingKind.Cloud, ThingKind.Balloon, ThingKind.Bird, ThingKind.Kite];

    private static readonly int[] CountWeights = [30, 45, 25];

    /// <summary>A scene.</summary>
    /// <param name="random">Decides everything about it.</param>
    /// <param name="split">Which combinations it may show.</param>
    public static Scene Draw(Random random, SceneSplit split)
    {
        ArgumentNullException.ThrowIfNull(random);
        var backdrop = Pick(random, Enum.GetValues<BackdropKind>());
        var time = IsPlain(backdrop) ? TimeOfDay.Day : Pick(random, Enum.GetValues<TimeOfDay>());
        var kinds = Enum.GetValues<ThingKind>();
        random.Shuffle(kinds);
        var count = PickCount(random);
        var things = ImmutableArray<Thing>.Empty;
        foreach (var kind in kinds.Take(count))
        {
            var mustBeHeldOut = split == SceneSplit.HeldOut && things.IsEmpty;
            var color = mustBeHeldOut ? HeldOutCombinations.Of(kind) : PickColor(random, kind, split);
            if (Place(random, kind, color, things) is { } thing)
            {
                things = things.Add(thing);
            }
        }

        return new Scene(backdrop, time, things, random.Next());
    }

    /// <summary>Whether a backdrop is a single colour, without sky and time of day.</summary>
    public static bool IsPlain(BackdropKind backdrop) => backdrop is BackdropKind.PlainGrey or BackdropKind.PlainCream or BackdropKind.PlainTeal;

    /// <summary>A colour that a kind may have in a split.</summary>
    internal static ThingColor PickColor(Random random, ThingKind kind, SceneSplit split)
    {
        var colors = Enum.GetValues<ThingColor>();
        return Pick(random, split == SceneSplit.HeldOut ? colors : [.. colors.Where(color => !HeldOutCombinations.Contain(kind, color))]);
    }

    /// <summary>A thing beside others, smaller if there is no room for a large one; null if there is none for a small one either.</summary>
    internal static Thing? Place(Random random, ThingKind kind, ThingColor color, ImmutableArray<Thing> others)
    {
        var variant = random.Next();
        var size = random.Next(2) == 0 ? ThingSize.Small : ThingSize.Large;
        return Place(random, new Thing(kind, color, size, 0, 0, variant), others)
            ?? Place(random, new Thing(kind, color, ThingSize.Small, 0, 0, variant), others);
    }

    /// <summary>The thing at a place where it covers no other; null if none was found.</summary>
    internal static Thing? Place(Random random, Thing thing, ImmutableArray<Thing> others)
    {
        for (var attempt = 0; attempt < PlacementAttempts; attempt++)
        {
            var placed = thing with { X = PickX(random, thing), Y = PickY(random, thing) };
            if (IsClear(placed, others))
            {
                return placed;
            }
        }

        return null;
    }

    /// <summary>Whether a thing covers no other.</summary>
    internal static bool IsClear(Thing thing, ImmutableArray<Thing> others) => others.All(other => Overlap(thing, other) <= MostOverlap);

    /// <summary>Whether all of a thing is in the picture.</summary>
    internal static bool IsInside(Thing thing) => thing.X >= thing.Radius && thing.X <= 1 - thing.Radius && thing.Y >= thing.Radius && thing.Y <= 1 - thing.Radius;

    /// <summary>The share of the smaller thing's box that the two have in common.</summary>
    internal static float Overlap(Thing one, Thing other)
    {
        var reach = one.Radius + other.Radius;
        var smaller = 2 * Math.Min(one.Radius, other.Radius);
        var width = Math.Clamp(reach - Math.Abs(one.X - other.X), 0, smaller);
        var height = Math.Clamp(reach - Math.Abs(one.Y - other.Y), 0, smaller);
        return width * height / (smaller * smaller);
    }

    private static float PickX(Random random, Thing thing) => Corner(random, thing.Radius, 1 - thing.Radius);

    // Things of the sky stay above the horizon, the others stand on the ground or swim.
    private static float PickY(Random random, Thing thing) => SkyKinds.Contains(thing.Kind)
        ? Corner(random, thing.Radius, LowestSky - thing.Radius)
        : Corner(random, HighestGround - thing.Radius, 1 - thing.Radius);

    // One of the cells' corners from a coordinate to another.
    private static float Corner(Random random, float low, float high) =>
        random.Next((int)MathF.Ceiling(low * Cells), (int)MathF.Floor(high * Cells) + 1) / (float)Cells;

    private static int PickCount(Random random)
    {
        var ticket = random.Next(CountWeights.Sum());
        var count = 1;
        while (ticket >= CountWeights.Take(count).Sum())
        {
            count++;
        }

        return count;
    }

    private static T Pick<T>(Random random, T[] choices) => choices[random.Next(choices.Length)];
}
