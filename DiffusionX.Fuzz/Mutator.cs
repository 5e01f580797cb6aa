namespace DiffusionX.Fuzz;

/// <summary>Makes new inputs of known ones: bytes changed, cut, repeated, moved, and boundary values put in.</summary>
/// <param name="random">Chance.</param>
/// <param name="seeds">The known inputs.</param>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> seeds)
{
    private const int MostChanges = 6;
    private const int LongestNoise = 300;
    private const int NoiseEvery = 50;

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        if (random.Next(NoiseEvery) == 0)
        {
            var noise = new byte[random.Next(LongestNoise)];
            random.NextBytes(noise);
            return noise;
        }

        List<byte> input = [.. Any(seeds)];
        for (var i = random.Next(1, MostChanges); i > 0; i--)
        {
            Change(input);
        }

        return [.. input];
    }

    private void Change(List<byte> input)
    {
        var at = random.Next(input.Count + 1);
        switch (random.Next(9))
        {
            case 0 when at < input.Count:
                input[at] = (byte)random.Next(256);
                break;
            case 1 when at < input.Count:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                input.InsertRange(at, Any(BoundaryValues.All));
                break;
            case 3:
                Overwrite(input, at, Any(BoundaryValues.All));
                break;
            case 4:
                input.RemoveRange(at, Length(input.Count - at));
                break;
            case 5:
                input.InsertRange(at, input.GetRange(at, Length(input.Count - at)));
                break;
            case 6:
                Splice(input, at, Any(seeds));
                break;
            case 7:
                ReplaceNumber(input, at);
                break;
            default:
                input.InsertRange(random.Next(input.Count + 1), input.GetRange(at, Length(input.Count - at)));
                break;
        }
    }

    // Mostly a few bytes, at times many.
    private int Length(int most) => random.Next(4) == 0 ? random.Next(most + 1) : random.Next(Math.Min(most, 16) + 1);

    private static void Overwrite(List<byte> input, int at, byte[] value)
    {
        input.RemoveRange(at, Math.Min(value.Length, input.Count - at));
        input.InsertRange(at, value);
    }

    private void Splice(List<byte> input, int at, byte[] other)
    {
        var start = random.Next(other.Length + 1);
        input.InsertRange(at, other.AsSpan(start, Length(other.Length - start)));
    }

    /// <summary>Puts a boundary value in the place of the next number that is written in digits.</summary>
    private void ReplaceNumber(List<byte> input, int at)
    {
        var start = input.FindIndex(at, IsOfNumber);
        if (start >= 0)
        {
            var end = input.FindIndex(start, each => !IsOfNumber(each));
            input.RemoveRange(start, (end < 0 ? input.Count : end) - start);
            input.InsertRange(start, Any(BoundaryValues.All));
        }
    }

    private static bool IsOfNumber(byte each) => each is (>= (byte)'0' and <= (byte)'9') or (byte)'.' or (byte)'-';

    private T Any<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
