using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// What the VAE learns from: crops of many scenes, which teach more than a few whole ones of as many pixels, and whole pictures in between,
/// which keep the normalisations' statistics true.
/// </summary>
internal static class SceneCrops
{
    private const int CropSize = 64;
    private const int WholePicturesEvery = 4;

    /// <summary>The next batch, [B, 3, 64, 64] or a quarter as many whole pictures, in [-1, 1].</summary>
    public static Tensor Next(SceneProducer scenes, int step, int batchSize, Device device)
    {
        const int CropsInPicture = ScenesModels.PictureSize * ScenesModels.PictureSize / (CropSize * CropSize);
        if (step % WholePicturesEvery == 0)
        {
            return SceneBatch.Images(scenes.Take(Math.Max(1, batchSize / CropsInPicture)), device);
        }

        using var whole = SceneBatch.Images(scenes.Take(batchSize), device);
        return whole.narrow(2, RandomCorner(), CropSize).narrow(3, RandomCorner(), CropSize).contiguous();
    }

    private static long RandomCorner() => randint(0, ScenesModels.PictureSize - CropSize + 1, 1, ScalarType.Int64).item<long>();
}
