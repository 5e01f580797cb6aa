namespace DiffusionX.Training;

/// <summary>How long and how fast something is learned.</summary>
internal sealed record TrainingPlan
{
    /// <summary>Steps in all.</summary>
    public required int Steps { get; init; }

    /// <summary>Samples in a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>
    /// The highest learning rate, reached after <see cref="WarmUpSteps"/> and left on a cosine that ends at a twentieth of it.
    /// </summary>
    public required double LearningRate { get; init; }

    /// <summary>Steps in which the learning rate rises from nothing.</summary>
    public int WarmUpSteps { get; init; } = 200;

    /// <summary>AdamW's decoupled weight decay (Loshchilov and Hutter, 2019).</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>The norm that gradients are cut to.</summary>
    public double GradientNorm { get; init; } = 1;

    /// <summary>How much of the averaged weights a step keeps, once the average is warm.</summary>
    public double AverageDecay { get; init; } = 0.999;

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">From 0 to <see cref="Steps"/>.</param>
    public double LearningRateAt(int step)
    {
        const double Last = 0.05;
        var warm = Math.Min(1, (step + 1.0) / WarmUpSteps);
        var progress = Math.Clamp((double)step / Steps, 0, 1);
        return LearningRate * warm * (Last + ((1 - Last) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
