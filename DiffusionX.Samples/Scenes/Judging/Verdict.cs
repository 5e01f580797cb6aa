namespace DiffusionX.Scenes.Judging;

/// <summary>What the judge sees in one picture.</summary>
internal sealed class Verdict
{
    private const float Seen = 0.5f;

    private readonly float[] pairs;
    private readonly float[] features;
    private readonly (float X, float Y)[] places;

    internal Verdict(float[] pairs, (float X, float Y)[] places, BackdropKind backdrop, TimeOfDay time, float[] features)
    {
        this.pairs = pairs;
        this.places = places;
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

    /// <summary>Where a thing of that kind and colour is, if anywhere: its centre in cells of 16 pixels, from the left and the top.</summary>
    public (float X, float Y) PlaceOf(ThingKind kind, ThingColor color) => places[SceneLabels.PairOf(kind, color)];

    /// <summary>The share of things, each in its colour, that the picture shows; NaN of no things.</summary>
    /// <param name="things">Such as <see cref="Captions.CaptionReader.Read"/> finds.</param>
    public double Fidelity(IReadOnlyCollection<(ThingKind Kind, ThingColor Color)> things)
    {
        ArgumentNullException.ThrowIfNull(things);
        return things.Count == 0 ? double.NaN : things.Average(thing => Shows(thing.Kind, thing.Color) ? 1.0 : 0.0);
    }
}
