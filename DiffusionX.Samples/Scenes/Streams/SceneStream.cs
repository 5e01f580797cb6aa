using DiffusionX.Scenes.Captions;

namespace DiffusionX.Scenes.Streams;

/// <summary>Endless scenes by number: the same number gives the same picture and caption, on every machine.</summary>
internal static class SceneStream
{
    /// <summary>Numbers of a split: 0 to this, exclusively.</summary>
    public const int Length = 1 << 28;

    private const int SeedMask = int.MaxValue;

    /// <summary>A scene, its picture of 128 × 128 pixels and its caption.</summary>
    /// <param name="split">Which scenes.</param>
    /// <param name="index">Which of them.</param>
    public static ScenePicture At(SceneSplit split, int index)
    {
        var random = RandomFor(split, index);
        return ScenePicture.Of(SceneSampler.Draw(random, split), random.Next());
    }

    /// <summary>The scene of <see cref="At"/>, without the drawing.</summary>
    public static Scene SceneAt(SceneSplit split, int index) => SceneSampler.Draw(RandomFor(split, index), split);

    /// <summary>The caption of <see cref="At"/>, without the drawing.</summary>
    public static string CaptionAt(SceneSplit split, int index)
    {
        var random = RandomFor(split, index);
        return CaptionWriter.Write(SceneSampler.Draw(random, split), random.Next());
    }

    /// <summary>The random numbers of a scene: splits never share a seed.</summary>
    internal static Random RandomFor(SceneSplit split, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        return new Random(Scramble(((int)split * Length) + index));
    }

    // Neighbouring seeds of System.Random begin with neighbouring numbers. Each step here maps 31 bits onto themselves one to one.
    private static int Scramble(int seed)
    {
        var bits = unchecked(seed * 0x2545F491) & SeedMask;
        bits ^= bits >> 16;
        bits = unchecked(bits * 0x5851F42D) & SeedMask;
        return bits ^ (bits >> 15);
    }
}
