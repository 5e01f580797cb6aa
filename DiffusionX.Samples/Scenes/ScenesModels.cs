using DiffusionX.Models;

namespace DiffusionX.Scenes;

/// <summary>The shapes of the models that draw scenes: Stable Diffusion's architectures, narrow.</summary>
public static class ScenesModels
{
    private const int NormGroups = 8;

    /// <summary>The VAE of both sides: 128 × 128 pixels to 4 × 16 × 16.</summary>
    public static AutoencoderKLConfig Autoencoder { get; } = new() { BlockOutChannels = [16, 32, 64, 64], LayersPerBlock = 1, NormGroups = NormGroups };
}
