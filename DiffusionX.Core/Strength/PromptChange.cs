namespace DiffusionX.Strength;

/// <summary>What the edge's head is given: both embeddings, and where they differ and agree, [e_prev ; e_cur ; e_cur − e_prev ; e_prev·e_cur].</summary>
internal static class PromptChange
{
    /// <param name="previous">The text encoder's one vector for the previous prompt, D numbers.</param>
    /// <param name="current">That of the current prompt, D numbers.</param>
    /// <returns>4·D numbers.</returns>
    public static float[] Features(ReadOnlySpan<float> previous, ReadOnlySpan<float> current)
    {
        var width = previous.Length;
        var features = new float[4 * width];
        for (var i = 0; i < width; i++)
        {
            features[i] = previous[i];
            features[width + i] = current[i];
            features[(2 * width) + i] = current[i] - previous[i];
            features[(3 * width) + i] = previous[i] * current[i];
        }

        return features;
    }
}
