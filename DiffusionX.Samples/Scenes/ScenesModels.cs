using DiffusionX.Models;

namespace DiffusionX.Scenes;

/// <summary>The shapes of the models that draw scenes: Stable Diffusion's architectures, narrow.</summary>
public static class ScenesModels
{
    /// <summary>Height and width of the pictures, in pixels.</summary>
    public const int PictureSize = 128;

    /// <summary>The longest prompt, in tokens, with its start and end.</summary>
    public const int PromptLength = 48;

    /// <summary>The width of the space that texts and pictures share.</summary>
    public const int SharedWidth = 128;

    private const int NormGroups = 8;
    private const int TextWidth = 128;
    private const int VisionWidth = 192;

    /// <summary>The VAE of both sides: 128 × 128 pixels to 4 × 16 × 16.</summary>
    public static AutoencoderKLConfig Autoencoder { get; } = new() { BlockOutChannels = [16, 24, 48, 64], LayersPerBlock = 1, NormGroups = NormGroups };

    /// <summary>The text encoder of both UNets, and CLIP's.</summary>
    /// <param name="vocabularySize">Entries of its vocabulary; the last is the end of text.</param>
    public static ClipTextConfig TextEncoder(int vocabularySize) => new()
    {
        HiddenSize = TextWidth,
        IntermediateSize = 4 * TextWidth,
        Layers = 4,
        Heads = 4,
        VocabularySize = vocabularySize,
        MaxPositions = PromptLength,
        EndToken = vocabularySize - 1,
        ProjectionDim = SharedWidth,
    };

    /// <summary>CLIP's image encoder.</summary>
    public static ClipVisionConfig ImageEncoder { get; } = new()
    {
        HiddenSize = VisionWidth,
        IntermediateSize = 4 * VisionWidth,
        Layers = 4,
        Heads = 6,
        ImageSize = 128,
        PatchSize = 16,
        ProjectionDim = SharedWidth,
    };
}
