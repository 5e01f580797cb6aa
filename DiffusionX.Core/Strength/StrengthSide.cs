namespace DiffusionX.Strength;

/// <summary>Who redraws, and so what a predictor looks at.</summary>
internal enum StrengthSide
{
    /// <summary>The edge, from round to round: the previous prompt and the current one.</summary>
    Edge,

    /// <summary>The cloud, at the end: the final prompt and the draft.</summary>
    Cloud,
}
