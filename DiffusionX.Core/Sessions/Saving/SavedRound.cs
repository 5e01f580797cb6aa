using System.Buffers.Binary;
using System.Text.Json.Serialization;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Saving;

/// <summary>
/// A round in the JSON part of a session's file; its number is its place. Its mask has one bit a latent position; files of the first
/// version have none.
/// </summary>
internal sealed record SavedRound(
    int? Parent,
    string Prompt,
    long Seed,
    double Strength,
    int StepsRun,
    double Seconds,
    int Channels,
    int Height,
    int Width,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] byte[]? Mask = null)
{
    public static SavedRound Of(Round round) => new(
        round.Parent,
        round.Prompt,
        round.Seed,
        round.Strength,
        round.StepsRun,
        round.Duration.TotalSeconds,
        round.Latent.Channels,
        round.Latent.Height,
        round.Latent.Width,
        round.Mask?.Pack());

    /// <summary>The round.</summary>
    /// <exception cref="ArgumentException">It started from a round that was not there yet.</exception>
    public Round ToRound(int number, Latent latent) => Parent is null or >= 1 && (Parent ?? 0) < number
        ? new Round(number, Parent, Prompt, Seed, Strength, StepsRun, TimeSpan.FromSeconds(Seconds), latent)
        {
            Mask = Mask is null ? null : Imaging.Mask.Unpack(Width, Height, Mask),
        }
        : throw new ArgumentException($"Round {number} can't have started from round {Parent}.");

    /// <summary>Takes this round's latent off the front of the bytes.</summary>
    /// <exception cref="ArgumentException">There are too few bytes, or the size is none.</exception>
    public Latent TakeLatent(ref ReadOnlySpan<byte> bytes)
    {
        var count = checked(Channels * Height * Width);
        var own = bytes[..checked(count * sizeof(float))];
        bytes = bytes[own.Length..];
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(own[(i * sizeof(float))..]);
        }

        return new Latent(values, Channels, Height, Width);
    }
}
