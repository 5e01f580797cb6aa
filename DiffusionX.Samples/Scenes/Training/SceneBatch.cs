using DiffusionX.Imaging;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>Scenes as what models take.</summary>
internal static class SceneBatch
{
    /// <summary>The pictures in [-1, 1], [B, 3, H, W].</summary>
    public static Tensor Images(IReadOnlyList<ScenePicture> scenes, Device device)
    {
        using var scope = NewDisposeScope();
        return cat([.. scenes.Select(scene => scene.Picture.ToTensor(PixelRange.MinusOneToOne))], 0).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>The pictures as CLIP's image encoder takes them, [B, 3, H, W].</summary>
    public static Tensor PixelValues(IReadOnlyList<ScenePicture> scenes, Device device)
    {
        using var scope = NewDisposeScope();
        return cat([.. scenes.Select(scene => ClipPreprocessing.ToPixelValues(scene.Picture, scene.Picture.Width))], 0).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>The captions' ids, [B, L], int64.</summary>
    public static Tensor Prompts(IReadOnlyList<ScenePicture> scenes, ClipTokenizer tokenizer, Device device)
    {
        using var scope = NewDisposeScope();
        return stack(scenes.Select(scene => tensor(tokenizer.EncodePadded(scene.Caption)))).to(device).MoveToOuterDisposeScope();
    }
}
