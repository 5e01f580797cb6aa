namespace DiffusionX.Pipeline;

/// <summary>A LoRA that is merged into a model's weights, and how much of it.</summary>
/// <param name="Path">A .safetensors file with the names of kohya's scripts, of diffusers or of PEFT.</param>
/// <param name="Strength">1 for as much as it was trained for; any finite number, negative for the opposite.</param>
public sealed record LoraSelection(string Path, double Strength = 1);
