namespace DiffusionX.Scenes.Judging;

/// <summary>What the judge sees in one picture.</summary>
public sealed class Verdict
{
    private const float Seen = 0.5f;

    private readonly float[] pairs;
    private readonly float[] features;

    internal Verdict(float[] pairs, BackdropKind backdrop, TimeOfDay time, float[] features)
    {
        this.pairs = pairs;
        this.features = features;
        Backdrop = backdrop;
        Time = time;
    }

    /// <summary>The backdrop.</summary>
    public BackdropKind Backdrop { get; }

    /// <summary>The time of day.</summary>
    public TimeOfDay Time { get; }

    /// <summary>The numbers behind the answers, for a Fréchet distance.</summary>
    public ReadOnlySpan<float> Features => features;

    /// <summary>Whether there is a thing of that kind and colour.</summary>
    public bool Shows(ThingKind kind, ThingColor color) => pairs[SceneLabels.PairOf(kind, color)] > Seen;

    /// <summary>The share of a scene's things, with their colours, that the picture shows.</summary>
    public double Fidelity(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return scene.Things.Average(thing => Shows(thing.Kind, thing.Color) ? 1.0 : 0.0);
    }
}
