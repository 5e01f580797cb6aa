namespace DiffusionX.Training.LowRank;

/// <summary>What a LoRA for few steps is trained for.</summary>
internal sealed record FewStepLoraOptions
{
    /// <summary>The guidance scale that becomes part of the LoRA: runs with it need none.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>The thin side of the matrices.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>Divided by the rank, what the matrices' product is scaled by.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>The pictures' height and width, in pixels; null for what the model was trained at.</summary>
    public int? Size { get; init; }

    /// <exception cref="TrainingException">An option is out of range.</exception>
    public void Validate()
    {
        if (GuidanceScale < 1 || Rank < 1 || !double.IsFinite(Alpha) || Alpha <= 0 || Size < 1)
        {
            throw new TrainingException(
                FormattableString.Invariant($"A LoRA needs a guidance scale of at least 1, a rank of at least 1, an alpha above 0 and a size above 0; these are {GuidanceScale}, {Rank}, {Alpha} and {Size}."));
        }
    }
}
