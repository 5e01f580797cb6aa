namespace DiffusionX.Scenes.Drawing;

/// <summary>Things that stand, grow or move on the ground and in the water.</summary>
internal static class GroundThings
{
    public static void House(Ink ink, Random variety)
    {
        ink.Box(-0.72f, -0.12f, 0.72f, 0.96f);
        ink.Polygon((-0.96f, -0.12f), (0, -0.94f), (0.96f, -0.12f));
        var door = variety.Next(2) == 0 ? -0.5f : 0.12f;
        ink.AccentBox(door, 0.4f, door + 0.38f, 0.94f);
        ink.AccentBox(-door - 0.36f, 0.14f, -door, 0.46f);
    }

    public static void Tree(Ink ink, Random variety)
    {
        ink.AccentBox(-0.15f, 0.3f, 0.15f, 0.97f);
        if (variety.Next(2) == 0)
        {
            ink.Polygon((0, -0.97f), (0.72f, 0.5f), (-0.72f, 0.5f));
        }
        else
        {
            ink.Union((0, -0.46f, 0.48f), (-0.36f, -0.02f, 0.44f), (0.36f, -0.02f, 0.44f), (0, 0.12f, 0.42f));
        }
    }

    public static void Boat(Ink ink, Random variety)
    {
        var side = variety.Next(2) == 0 ? 1 : -1;
        ink.Line((0, 0.4f), (0, -0.97f));
        ink.Polygon((0.08f * side, -0.86f), (0.72f * side, 0.2f), (0.08f * side, 0.2f));
        ink.Polygon((-0.1f * side, -0.5f), (-0.56f * side, 0.2f), (-0.1f * side, 0.2f));
        ink.Polygon((-0.95f, 0.4f), (0.95f, 0.4f), (0.6f, 0.92f), (-0.6f, 0.92f));
    }

    public static void Car(Ink ink, Random variety)
    {
        var side = variety.Next(2) == 0 ? 1 : -1;
        ink.Polygon((-0.96f, 0.52f), (-0.96f, 0.02f), (-0.56f * side, 0.02f), (-0.38f * side, -0.46f), (0.34f * side, -0.46f), (0.6f * side, 0.02f), (0.96f, 0.02f), (0.96f, 0.52f));
        ink.AccentBox(-0.3f, -0.3f, -0.04f, 0.02f);
        ink.AccentBox(0.06f, -0.3f, 0.32f, 0.02f);
        ink.AccentCircle(-0.52f, 0.54f, 0.26f);
        ink.AccentCircle(0.52f, 0.54f, 0.26f);
    }

    public static void Flower(Ink ink, Random variety)
    {
        ink.Line((0, 0), (0, 0.97f));
        ink.Line((0, 0.76f), (variety.Next(2) == 0 ? 0.34f : -0.34f, 0.5f));
        ReadOnlySpan<(float, float, float)> petals =
            [(0, -0.62f, 0.32f), (0.42f, -0.36f, 0.32f), (0.28f, 0.1f, 0.32f), (-0.28f, 0.1f, 0.32f), (-0.42f, -0.36f, 0.32f)];
        ink.Union(petals);
        ink.AccentCircle(0, -0.22f, 0.2f);
    }

    public static void Mountain(Ink ink, Random variety)
    {
        var side = variety.Next(2) == 0 ? 1 : -1;
        ink.Polygon((-0.98f * side, 0.9f), (-0.26f * side, -0.86f), (0.12f * side, -0.06f), (0.4f * side, -0.42f), (0.98f * side, 0.9f));
    }

    public static void Fish(Ink ink, Random variety)
    {
        var side = variety.Next(2) == 0 ? 1 : -1;
        ink.Polygon((0.3f * side, 0), (0.96f * side, -0.5f), (0.82f * side, 0), (0.96f * side, 0.5f));
        ink.Ellipse(-0.22f * side, 0, 0.72f, 0.46f);
        ink.AccentCircle(-0.58f * side, -0.1f, 0.1f);
    }

    public static void Cat(Ink ink, Random variety)
    {
        var side = variety.Next(2) == 0 ? 1 : -1;
        ink.Line((0.42f * side, 0.8f), (0.86f * side, 0.66f), (0.84f * side, 0.1f));
        ink.Ellipse(0, 0.5f, 0.52f, 0.46f);
        ink.Polygon((-0.56f, -0.3f), (-0.52f, -0.95f), (-0.1f, -0.66f), (0.1f, -0.66f), (0.52f, -0.95f), (0.56f, -0.3f), (0.3f, 0.06f), (-0.3f, 0.06f));
        ink.AccentCircle(-0.22f, -0.34f, 0.09f);
        ink.AccentCircle(0.22f, -0.34f, 0.09f);
    }

    public static void Mushroom(Ink ink, Random variety)
    {
        ink.AccentBox(-0.22f, 0, 0.22f, 0.95f);
        ink.Polygon((-0.94f, 0.16f), (-0.82f, -0.34f), (-0.46f, -0.74f), (0, -0.88f), (0.46f, -0.74f), (0.82f, -0.34f), (0.94f, 0.16f));
        var shift = 0.1f * variety.NextSingle();
        ink.AccentCircle(-0.42f + shift, -0.26f, 0.13f);
        ink.AccentCircle(0.08f + shift, -0.5f, 0.13f);
        ink.AccentCircle(0.46f - shift, -0.12f, 0.13f);
    }
}
