using static TorchSharp.torch;

namespace DiffusionX.Scenes;

/// <summary>What scenes show, as the numbers that classifiers learn.</summary>
internal static class SceneLabels
{
    /// <summary>Kinds of things.</summary>
    public static int Kinds { get; } = Enum.GetValues<ThingKind>().Length;

    /// <summary>Colours of things.</summary>
    public static int Colors { get; } = Enum.GetValues<ThingColor>().Length;

    /// <summary>Backdrops.</summary>
    public static int Backdrops { get; } = Enum.GetValues<BackdropKind>().Length;

    /// <summary>Times of day.</summary>
    public static int Times { get; } = Enum.GetValues<TimeOfDay>().Length;

    /// <summary>What a kind can be: of one of the colours, or not there.</summary>
    public static int States => Colors + 1;

    /// <summary>For each kind the number of its colour, or <see cref="Colors"/> where there is none of it: [B, kinds], int64.</summary>
    public static Tensor StatesOfKinds(IReadOnlyList<Scene> scenes, Device device)
    {
        var states = new long[scenes.Count, Kinds];
        for (var row = 0; row < scenes.Count; row++)
        {
            for (var kind = 0; kind < Kinds; kind++)
            {
                states[row, kind] = Colors;
            }

            foreach (var thing in scenes[row].Things)
            {
                states[row, (int)thing.Kind] = (int)thing.Color;
            }
        }

        return tensor(states, device: device);
    }

    /// <summary>Which kinds there are: [B, kinds], 0 or 1.</summary>
    public static Tensor Present(IReadOnlyList<Scene> scenes, Device device) => OfKinds(scenes, _ => 1, device);

    /// <summary>Which kinds there are as large things: [B, kinds], 0 or 1.</summary>
    public static Tensor Large(IReadOnlyList<Scene> scenes, Device device) => OfKinds(scenes, thing => thing.Size == ThingSize.Large ? 1 : 0, device);

    /// <summary>Where things are, less the middle of the picture: [B, kinds, 2], x and y, 0 where there is none of a kind.</summary>
    public static Tensor Places(IReadOnlyList<Scene> scenes, Device device)
    {
        using var x = OfKinds(scenes, thing => thing.X - 0.5f, device);
        using var y = OfKinds(scenes, thing => thing.Y - 0.5f, device);
        return stack([x, y], -1);
    }

    /// <summary>Which pairs of kind and colour there are: [B, kinds · colours], 0 or 1.</summary>
    public static Tensor Pairs(IReadOnlyList<Scene> scenes, Device device)
    {
        var pairs = new float[scenes.Count, Kinds * Colors];
        for (var row = 0; row < scenes.Count; row++)
        {
            foreach (var thing in scenes[row].Things)
            {
                pairs[row, PairOf(thing.Kind, thing.Color)] = 1;
            }
        }

        return tensor(pairs, device: device);
    }

    /// <summary>The place of a pair among all pairs.</summary>
    public static int PairOf(ThingKind kind, ThingColor color) => ((int)kind * Colors) + (int)color;

    /// <summary>The backdrops' numbers, [B], int64.</summary>
    public static Tensor BackdropsOf(IReadOnlyList<Scene> scenes, Device device) => tensor(scenes.Select(scene => (long)scene.Backdrop).ToArray(), device: device);

    /// <summary>The numbers of the times of day, [B], int64.</summary>
    public static Tensor TimesOf(IReadOnlyList<Scene> scenes, Device device) => tensor(scenes.Select(scene => (long)scene.Time).ToArray(), device: device);

    private static Tensor OfKinds(IReadOnlyList<Scene> scenes, Func<Thing, float> value, Device device)
    {
        var values = new float[scenes.Count, Kinds];
        for (var row = 0; row < scenes.Count; row++)
        {
            foreach (var thing in scenes[row].Things)
            {
                values[row, (int)thing.Kind] = value(thing);
            }
        }

        return tensor(values, device: device);
    }
}
