namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>What a single file does not say, or lacks. A part that is named takes the place of the one in the file.</summary>
public sealed record SingleFileOptions
{
    /// <summary>The VAE: a file, or a folder with config.json; null takes the one in the file.</summary>
    public string? Vae { get; init; }

    /// <summary>The text encoder, or the first of two: a file, or a folder with config.json; null takes the one in the file.</summary>
    public string? TextEncoder { get; init; }

    /// <summary>The second text encoder: a file, or a folder with config.json; null takes the one in the file.</summary>
    public string? TextEncoder2 { get; init; }

    /// <summary>Whether the model predicts velocities, or the noise; null for what the file's metadata and weights say.</summary>
    public bool? PredictsVelocity { get; init; }
}
