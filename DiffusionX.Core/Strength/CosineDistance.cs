namespace DiffusionX.Strength;

/// <summary>How far apart two embeddings point: 1 − cos, from 0 to 2.</summary>
internal static class CosineDistance
{
    /// <returns>Null where one of them has no direction.</returns>
    public static double? Between(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var lengths = Math.Sqrt(Dot(left, left) * Dot(right, right));
        return lengths > 0 ? 1 - (Dot(left, right) / lengths) : null;
    }

    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++)
        {
            sum += (double)left[i] * right[i];
        }

        return sum;
    }
}
