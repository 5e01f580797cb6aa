namespace DiffusionX.Training.StrengthLabels;

/// <summary>Which of several strengths is the label of a pair.</summary>
internal enum StrengthRule
{
    /// <summary>The one whose pictures score highest: the paper's rule. CLIP's score alone favours much noise.</summary>
    BestScore,

    /// <summary>The smallest one whose score is hardly lower than the highest: what comes close enough, for the least noise.</summary>
    Frugal,

    /// <summary>
    /// Of those that come close enough for the fewest steps, the one whose pictures score highest. Where much noise costs no more steps
    /// than a little (<see cref="StrengthLabelOptions.MaxStepFraction"/>), holding back noise spares nothing.
    /// </summary>
    FewestSteps,
}
