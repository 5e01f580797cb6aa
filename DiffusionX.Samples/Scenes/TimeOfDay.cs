namespace DiffusionX.Scenes;

/// <summary>The light of a scene. Plain backdrops have no time: they count as day.</summary>
internal enum TimeOfDay
{
    Day,
    Sunset,
    Night,
}
