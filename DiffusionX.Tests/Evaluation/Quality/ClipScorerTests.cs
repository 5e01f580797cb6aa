using DiffusionX.Checkpoints;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Tests.Imaging;
using DiffusionX.Tests.Pipeline;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation.Quality;

[TestFixture]
[NoTensorLeaks]
public sealed class ClipScorerTests
{
    private static readonly Picture[] Two = [Pictures.Gradient(48, 40), Pictures.Noise(64, 64)];

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void A_CLIP_scores_alike_whether_it_lies_in_one_folder_or_in_three()
    {
        MiniClip.Write(folder.File("parts"));
        MiniClip.WriteWhole(folder.File("whole"));
        using var scope = NewDisposeScope();
        using var parts = ClipScorer.Load(folder.File("parts"), "mini");
        using var whole = ClipScorer.Load(folder.File("whole"), "mini");

        var scores = parts.Score(Two, ["a gradient", "noise"]).data<double>().ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(scores, Has.Length.EqualTo(2).And.All.InRange(-1, 1));
            Assert.That(whole.Score(Two, ["a gradient", "noise"]).data<double>().ToArray(), Is.EqualTo(scores));
            Assert.That(parts.Resize, Is.EqualTo("bicubic to 32×32, centre crop"));
        });
    }

    [Test]
    public void A_text_encoder_without_projection_is_refused()
    {
        MiniModel.Write(folder.Path);

        Assert.That(() => ClipScorer.Load(folder.Path, "mini"), Throws.TypeOf<ModelConfigException>().With.Message.Contains("without a projection"));
    }
}
