using System.Buffers.Binary;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Saving;

/// <summary>A round in the JSON part of a session's file; its number is its place.</summary>
internal sealed record SavedRound(
    int? Parent, string Prompt, long Seed, double Strength, int StepsRun, double Seconds, int Channels, int Height, int Width)
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
        round.Latent.Width);

    /// <summary>The round.</summary>
    /// <exception cref="ArgumentException">It started from a round that was not there yet.</exception>
    public Round ToRound(int number, Latent latent) => Parent is null or >= 1 && (Parent ?? 0) < number
        ? new Round(number, Parent, Prompt, Seed, Strength, StepsRun, TimeSpan.FromSeconds(Seconds), latent)
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
