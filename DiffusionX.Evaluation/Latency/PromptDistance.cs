namespace DiffusionX.Evaluation.Latency;

/// <summary>How far prompts are from each other.</summary>
internal static class PromptDistance
{
    /// <summary>The cosine distance of two embeddings, from 0 to 2; 1 where one of them has no direction.</summary>
    public static double Of(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var lengths = Math.Sqrt(Dot(one, one) * Dot(other, other));
        return lengths > 0 ? 1 - (Dot(one, other) / lengths) : 1;
    }

    private static double Dot(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            sum += (double)one[i] * other[i];
        }

        return sum;
    }
}
