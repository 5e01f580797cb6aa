using DiffusionX.Scenes;
using DiffusionX.Scenes.Training;
using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Scenes.Training;

/// <summary>Training shipped models further.</summary>
[TestFixture]
public sealed class StartFromExportTests
{
    private static readonly string Shipped = Path.Combine(ReferenceFolder.ProjectRoot, "weights", "scenes");

    [TestCase("clip", "clip/image_encoder/model.safetensors")]
    [TestCase("clip", "clip/text_encoder/model.safetensors")]
    [TestCase("cloud", "cloud/unet/diffusion_pytorch_model.safetensors")]
    [TestCase("judge", "judge/model.safetensors")]
    [TestCase("edge-few", "edge-few/unet/diffusion_pytorch_model.safetensors")]
    [TestCase("edge-few", "edge-few/vae/diffusion_pytorch_model.safetensors")]
    [TestCase("tiny-decoder", "taesd/diffusion_pytorch_model.safetensors")]
    [TestCase("decoder", "cloud/vae/diffusion_pytorch_model.safetensors")]
    public void A_stage_that_was_taken_up_and_learned_nothing_writes_the_weights_that_were_there(string name, string file)
    {
        using var folder = new TemporaryFolder();
        Copy(Shipped, folder.Path);
        using var stage = ScenesStages.Create(name, new ScenesFolder(folder.Path), "cpu", seed: 5);

        stage.StartFromExport();
        stage.Export();

        Assert.That(File.ReadAllBytes(folder.File(file)), Is.EqualTo(File.ReadAllBytes(Path.Combine(Shipped, file))));
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
