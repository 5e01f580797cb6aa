namespace DiffusionX.Scenes.Judging;

/// <summary>What the judge sees in one picture.</summary>
internal sealed class Verdict
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

    /// <summary>The share of things, each in its colour, that the picture shows; NaN of no things.</summary>
    /// <param name="things">Such as <see cref="Captions.CaptionReader.Read"/> finds.</param>
    public double Fidelity(IReadOnlyCollection<(ThingKind Kind, ThingColor Color)> things)
    {
        ArgumentNullException.ThrowIfNull(things);
        return things.Count == 0 ? double.NaN : things.Average(thing => Shows(thing.Kind, thing.Color) ? 1.0 : 0.0);
    }
}
