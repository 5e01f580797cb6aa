namespace DiffusionX.Strength;

/// <summary>
/// What the edge's head is given: where both embeddings differ, and how much, [e_cur − e_prev ; |e_cur − e_prev|]. Of a few hundred pairs a
/// head learns what is asked for by heart where it is given the embeddings themselves, or their products; what a change needs it learns
/// from the change (docs/TRAINING.md).
/// </summary>
internal static class EmbeddingDelta
{
    /// <param name="previous">The text encoder's one vector for the previous prompt, D numbers.</param>
    /// <param name="current">That of the current prompt, D numbers.</param>
    /// <returns>2·D numbers.</returns>
    public static float[] Features(ReadOnlySpan<float> previous, ReadOnlySpan<float> current)
    {
        var width = previous.Length;
        var features = new float[2 * width];
        for (var i = 0; i < width; i++)
        {
            var difference = current[i] - previous[i];
            features[i] = difference;
            features[width + i] = Math.Abs(difference);
        }

        return features;
    }
}
