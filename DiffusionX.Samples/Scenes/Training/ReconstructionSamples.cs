using DiffusionX.Imaging;
using DiffusionX.Models.Vae;
using DiffusionX.Scenes.Streams;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>What an autoencoder makes of drawings that it never saw, under the drawings, as one picture.</summary>
internal static class ReconstructionSamples
{
    private const int Shown = 8;

    /// <summary>Writes <c>samples.png</c> of a VAE.</summary>
    public static void Save(AutoencoderKL vae, Device device, TrainingSnapshot snapshot) =>
        Save(images => vae.Decode(vae.Encode(images).Mean), device, snapshot);

    /// <summary>Writes <c>samples.png</c>.</summary>
    /// <param name="reconstruct">What is made of images [B, 3, H, W] from −1 to 1.</param>
    /// <param name="device">Where that is done.</param>
    /// <param name="snapshot">Where it is written to.</param>
    public static void Save(Func<Tensor, Tensor> reconstruct, Device device, TrainingSnapshot snapshot)
    {
        using var scope = NewDisposeScope();
        var originals = Enumerable.Range(0, Shown).Select(i => SceneStream.At(SceneSplit.Evaluation, i)).ToArray();
        var decoded = reconstruct(SceneBatch.Images(originals, device)).add(1).div(2).clamp(0, 1);
        PictureGrid.Of([.. originals.Select(scene => scene.Picture), .. decoded.ToPictures()], Shown, gap: 2).Save(Path.Combine(snapshot.Folder, "samples.png"));
    }
}
