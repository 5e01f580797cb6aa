namespace DiffusionX.Scenes.Captions;

/// <summary>The words for what scenes show. Every list holds words that mean the same.</summary>
internal static class Vocabulary
{
    public static string[] Of(ThingKind kind) => kind switch
    {
        ThingKind.House => ["house", "house", "cottage"],
        ThingKind.Boat => ["boat", "boat", "sailboat"],
        ThingKind.Moon => ["moon", "moon", "crescent moon"],
        ThingKind.Cat => ["cat", "cat", "kitten"],
        ThingKind.Mushroom => ["mushroom", "mushroom", "toadstool"],
        _ => [kind.ToString().ToLowerInvariant()],
    };

    public static string[] Of(ThingColor color) => color switch
    {
        ThingColor.Purple => ["purple", "purple", "violet"],
        _ => [color.ToString().ToLowerInvariant()],
    };

    public static string[] Of(ThingSize size) => size == ThingSize.Small ? ["small", "little", "tiny"] : ["big", "large", "huge"];

    public static string[] Of(TimeOfDay time) => time switch
    {
        TimeOfDay.Night => ["at night", "by night", "at night"],
        TimeOfDay.Sunset => ["at sunset", "at dusk", "in the evening"],
        _ => ["by day", "in daylight", "during the day"],
    };

    public static string[] Of(BackdropKind backdrop) => backdrop switch
    {
        BackdropKind.Meadow => ["in a meadow", "on a meadow", "in a grassy field", "on the grass"],
        BackdropKind.Beach => ["on a beach", "at the beach", "on the sand by the water"],
        BackdropKind.Snow => ["in the snow", "in a snowy field", "in a winter landscape"],
        BackdropKind.Desert => ["in the desert", "in a desert", "among sand dunes"],
        BackdropKind.City => ["in a city", "in the city", "in front of a skyline"],
        BackdropKind.Sea => ["at sea", "on the sea", "by the ocean"],
        BackdropKind.PlainGrey => ["on a grey background", "on a plain grey background", "against grey"],
        BackdropKind.PlainCream => ["on a cream background", "on a plain cream background", "against cream"],
        _ => ["on a teal background", "on a plain teal background", "against teal"],
    };

    public static string[] Of(Relation relation) => relation switch
    {
        Relation.LeftOf => ["to the left of", "left of"],
        Relation.RightOf => ["to the right of", "right of"],
        Relation.Above => ["above", "over"],
        _ => ["below", "under", "beneath"],
    };

    public static string[] Of(Place place) => place switch
    {
        Place.Left => ["on the left", "on the left side"],
        Place.Right => ["on the right", "on the right side"],
        _ => ["in the middle", "in the centre"],
    };
}
