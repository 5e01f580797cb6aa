namespace DiffusionX.Scenes;

/// <summary>What can stand, float or fly in a scene.</summary>
internal enum ThingKind
{
    House,
    Tree,
    Boat,
    Car,
    Sun,
    Moon,
    Star,
    Cloud,
    Flower,
    Mountain,
    Balloon,
    Fish,
    Cat,
    Bird,
    Mushroom,
    Kite,
}
