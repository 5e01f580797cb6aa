namespace DiffusionX.Strength.Labels;

/// <summary>Which of several strengths is the label of a pair.</summary>
public enum StrengthRule
{
    /// <summary>The one whose pictures score highest: the paper's rule. CLIP's score alone favours much noise.</summary>
    BestScore,

    /// <summary>The smallest one whose score is hardly lower than the highest: what comes close enough, for the fewest steps.</summary>
    Frugal,
}
