using DiffusionX.Imaging;
using DiffusionX.Models.Vae;
using DiffusionX.Scenes.Streams;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>What a VAE makes of drawings that it never saw, under the drawings, as one picture.</summary>
internal static class ReconstructionSamples
{
    private const int Shown = 8;

    /// <summary>Writes <c>samples.png</c>.</summary>
    public static void Save(AutoencoderKL vae, Device device, TrainingSnapshot snapshot)
    {
        using var scope = NewDisposeScope();
        var originals = Enumerable.Range(0, Shown).Select(i => SceneStream.At(SceneSplit.Evaluation, i)).ToArray();
        var decoded = vae.Decode(vae.Encode(SceneBatch.Images(originals, device)).Mean).add(1).div(2).clamp(0, 1);
        PictureGrid.Of([.. originals.Select(scene => scene.Picture), .. decoded.ToPictures()], Shown, gap: 2).Save(Path.Combine(snapshot.Folder, "samples.png"));
    }
}
