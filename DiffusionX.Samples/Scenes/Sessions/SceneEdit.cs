using DiffusionX.Scenes.Captions;

namespace DiffusionX.Scenes.Sessions;

/// <summary>Changes one thing about a scene, and leaves all else as it is.</summary>
internal static class SceneEdit
{
    private const int MostThings = 3;
    private const int Attempts = 20;

    /// <summary>The changed scene; null where this scene can't be changed so.</summary>
    public static Scene? Apply(Scene scene, EditKind edit, Random random, SceneSplit split) => edit switch
    {
        EditKind.Recolored => Recolor(scene, random, split),
        EditKind.Added => Add(scene, random, split),
        EditKind.Removed => scene.Things.Length > 1 ? scene with { Things = scene.Things.RemoveAt(random.Next(scene.Things.Length)) } : null,
        EditKind.Moved => Move(scene, random),
        EditKind.TimeChanged => ChangeTime(scene, random),
        EditKind.Resized => Resize(scene, random),
        _ => scene,
    };

    private static Scene? Recolor(Scene scene, Random random, SceneSplit split)
    {
        var i = random.Next(scene.Things.Length);
        var color = SceneSampler.PickColor(random, scene.Things[i].Kind, split);
        return color == scene.Things[i].Color ? null : With(scene, i, scene.Things[i] with { Color = color });
    }

    private static Scene? Add(Scene scene, Random random, SceneSplit split)
    {
        var kinds = Enum.GetValues<ThingKind>().Where(kind => scene.Things.All(thing => thing.Kind != kind)).ToArray();
        var kind = kinds[random.Next(kinds.Length)];
        return scene.Things.Length < MostThings && SceneSampler.Place(random, kind, SceneSampler.PickColor(random, kind, split), scene.Things) is { } thing
            ? scene with { Things = scene.Things.Add(thing) }
            : null;
    }

    private static Scene? Move(Scene scene, Random random)
    {
        var i = random.Next(scene.Things.Length);
        var (thing, others) = (scene.Things[i], scene.Things.RemoveAt(i));
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (SceneSampler.Place(random, thing, others) is { } moved && Layout.Of(moved) is { } place && place != Layout.Of(thing))
            {
                return With(scene, i, moved);
            }
        }

        return null;
    }

    private static Scene? ChangeTime(Scene scene, Random random)
    {
        var time = (TimeOfDay)random.Next(Enum.GetValues<TimeOfDay>().Length);
        return SceneSampler.IsPlain(scene.Backdrop) || time == scene.Time ? null : scene with { Time = time };
    }

    private static Scene? Resize(Scene scene, Random random)
    {
        var i = random.Next(scene.Things.Length);
        var resized = scene.Things[i] with { Size = scene.Things[i].Size == ThingSize.Small ? ThingSize.Large : ThingSize.Small };
        return SceneSampler.IsInside(resized) && SceneSampler.IsClear(resized, scene.Things.RemoveAt(i)) ? With(scene, i, resized) : null;
    }

    private static Scene With(Scene scene, int i, Thing thing) => scene with { Things = scene.Things.SetItem(i, thing) };
}
