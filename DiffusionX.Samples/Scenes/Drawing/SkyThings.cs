using SkiaSharp;

namespace DiffusionX.Scenes.Drawing;

/// <summary>Things that shine, float or fly.</summary>
internal static class SkyThings
{
    public static void Sun(Ink ink, Random variety)
    {
        ink.Polygon(Ink.Spikes(count: 10 + (2 * variety.Next(2)), outer: 0.97f, inner: 0.66f));
        ink.Circle(0, 0, 0.52f);
    }

    public static void Moon(Ink ink, Random variety)
    {
        var side = variety.Next(2) == 0 ? 1 : -1;
        using var disc = Disc(-0.08f * side, 0, 0.92f);
        using var bite = Disc(0.38f * side, -0.12f, 0.72f);
        using var crescent = disc.Op(bite, SKPathOp.Difference);
        ink.Area(crescent);
    }

    public static void Star(Ink ink, Random variety) => ink.Polygon(Ink.Spikes(count: 5, outer: 0.98f, inner: 0.40f + (0.05f * variety.NextSingle())));

    public static void Cloud(Ink ink, Random variety)
    {
        var side = variety.Next(2) == 0 ? 1 : -1;
        ink.Union((-0.58f * side, 0.18f, 0.36f), (-0.12f * side, -0.16f, 0.50f), (0.44f * side, 0.02f, 0.42f), (0.12f * side, 0.24f, 0.36f), (0.66f * side, 0.26f, 0.28f));
    }

    public static void Balloon(Ink ink, Random variety)
    {
        ink.Line((0, 0.45f), (variety.Next(2) == 0 ? 0.16f : -0.16f, 0.72f), (0, 0.98f));
        ink.Polygon((0, 0.36f), (-0.14f, 0.56f), (0.14f, 0.56f));
        ink.Ellipse(0, -0.28f, 0.6f, 0.69f);
    }

    public static void Bird(Ink ink, Random variety)
    {
        var up = 0.62f + (0.25f * variety.NextSingle());
        ink.Polygon((-0.98f, -up), (-0.52f, -0.42f), (-0.08f, 0.12f), (0.08f, 0.12f), (0.52f, -0.42f), (0.98f, -up), (0.62f, 0.16f), (0.16f, 0.5f), (0, 0.72f), (-0.16f, 0.5f), (-0.62f, 0.16f));
    }

    public static void Kite(Ink ink, Random variety)
    {
        var side = variety.Next(2) == 0 ? 1 : -1;
        ink.Line((0, 0.4f), (0.22f * side, 0.58f), (-0.16f * side, 0.76f), (0.14f * side, 0.97f));
        ink.Polygon((0, -0.97f), (0.62f, -0.3f), (0, 0.5f), (-0.62f, -0.3f));
        ink.Line((0, -0.97f), (0, 0.5f));
        ink.Line((-0.62f, -0.3f), (0.62f, -0.3f));
    }

    private static SKPath Disc(float x, float y, float radius)
    {
        using var builder = new SKPathBuilder();
        builder.AddCircle(x, y, radius);
        return builder.Detach();
    }
}
