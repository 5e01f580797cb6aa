namespace DiffusionX.Strength.Learning;

/// <summary>One thing to learn from, or to be measured on.</summary>
/// <param name="Features">What a head is given.</param>
/// <param name="Label">The strength that it should say.</param>
/// <param name="Distance">How far the start is from the prompt, in one number: a predictor that knows no more is what a head is held against.</param>
/// <param name="HeldOut">Whether it is kept from training.</param>
public sealed record StrengthExample(ReadOnlyMemory<float> Features, double Label, double Distance, bool HeldOut);
