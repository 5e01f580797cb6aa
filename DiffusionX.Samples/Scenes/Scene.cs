using System.Collections.Immutable;

namespace DiffusionX.Scenes;

/// <summary>What a picture shows.</summary>
/// <param name="Backdrop">What the things stand before.</param>
/// <param name="Time">The light.</param>
/// <param name="Things">One to three, each of another kind.</param>
/// <param name="Variant">Decides the small things about the backdrop's drawing.</param>
internal sealed record Scene(BackdropKind Backdrop, TimeOfDay Time, ImmutableArray<Thing> Things, int Variant)
{
    /// <inheritdoc/>
    public bool Equals(Scene? other) =>
        other is not null && Backdrop == other.Backdrop && Time == other.Time && Variant == other.Variant && Things.SequenceEqual(other.Things);

    /// <inheritdoc/>
    public override int GetHashCode() => Things.Aggregate(HashCode.Combine(Backdrop, Time, Variant), HashCode.Combine);
}
