using System.Numerics.Tensors;

namespace DiffusionX.Strength;

/// <summary>How far apart two embeddings point: 1 − cos, from 0 to 2.</summary>
internal static class CosineDistance
{
    /// <returns>Null where one of them has no direction.</returns>
    public static double? Between(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var cosine = TensorPrimitives.CosineSimilarity<double>(Doubles(left), Doubles(right));
        return double.IsNaN(cosine) ? null : 1 - cosine;
    }

    // Prompts of one session differ by little: in single precision, their cosines would lose most of it.
    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        var doubles = new double[values.Length];
        TensorPrimitives.ConvertChecked(values, doubles.AsSpan());
        return doubles;
    }
}
