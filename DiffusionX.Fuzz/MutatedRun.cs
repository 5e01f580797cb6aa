using System.Diagnostics;

namespace DiffusionX.Fuzz;

/// <summary>What reading many mutated inputs came to.</summary>
/// <param name="Inputs">How many there were.</param>
/// <param name="Taken">How many of them were taken; for all others an exception of ours says why not.</param>
/// <param name="Longest">The longest time that one took.</param>
/// <param name="MostAllocated">The most managed memory that one took, in bytes.</param>
/// <param name="Findings">Those that did harm: the input, and what it did.</param>
internal sealed record MutatedRun(int Inputs, int Taken, TimeSpan Longest, long MostAllocated, IReadOnlyList<(byte[] Input, string Harm)> Findings)
{
    /// <summary>More of an input's time is a hang.</summary>
    public static readonly TimeSpan Hang = TimeSpan.FromSeconds(1);

    /// <summary>More memory for an input, all of which have a few KiB, is harm.</summary>
    public const long MostBytes = 64L << 20;

    private const int EnoughFindings = 20;

    /// <summary>Reads mutated inputs of a target's corpus.</summary>
    /// <param name="target">What reads them.</param>
    /// <param name="inputs">How many.</param>
    /// <param name="seed">The seed of chance.</param>
    public static MutatedRun Of(FuzzTarget target, int inputs, int seed)
    {
        var mutator = new Mutator(new Random(seed), [.. target.Corpus.Select(File.ReadAllBytes)]);
        var run = new MutatedRun(0, 0, TimeSpan.Zero, 0, []);
        while (run.Inputs < inputs && run.Findings.Count < EnoughFindings)
        {
            run = run.With(target, mutator.Next());
        }

        return run;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Inputs:N0} inputs, {Taken:N0} of them taken; the longest took {Longest.TotalMilliseconds:N0} ms, the most memory {MostAllocated / 1e6:N1} MB; {Findings.Count} did harm.");

    /// <summary>One input more.</summary>
    public MutatedRun With(FuzzTarget target, byte[] input)
    {
        var (taken, time, allocated, harm) = Read(target, input);

        // A busy machine can hold up anything once.
        if (harm is null && time > Hang)
        {
            (_, time, _, _) = Read(target, input);
            harm = time > Hang ? $"{time.TotalSeconds:0.0} s" : null;
        }

        harm ??= allocated > MostBytes ? $"{allocated:N0} bytes allocated" : null;
        return new MutatedRun(
            Inputs + 1,
            Taken + (taken ? 1 : 0),
            time > Longest ? time : Longest,
            Math.Max(allocated, MostAllocated),
            harm is null ? Findings : [.. Findings, (input, harm)]);
    }

    private static (bool Taken, TimeSpan Time, long Allocated, string? Harm) Read(FuzzTarget target, byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        var taken = false;
        string? harm = null;
        try
        {
            taken = target.Read(input);
        }
        catch (Exception error)
        {
            harm = error.ToString();
        }

        return (taken, Stopwatch.GetElapsedTime(start), GC.GetAllocatedBytesForCurrentThread() - before, harm);
    }
}
