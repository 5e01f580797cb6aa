using DiffusionX.Imaging;
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
}
