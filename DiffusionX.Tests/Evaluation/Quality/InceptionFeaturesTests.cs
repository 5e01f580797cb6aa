using DiffusionX.Checkpoints;
using DiffusionX.Evaluation.Inception;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Tests.Imaging;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation.Quality;

[TestFixture]
[NoTensorLeaks]
public sealed class InceptionFeaturesTests
{
    [Test]
    public void A_file_with_the_classifier_gives_features_and_logits_without_bias()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Write(folder.File("inception.safetensors"), classifier: full([5, FidInceptionV3.FeatureCount], 0.5f));
        using var inception = InceptionFeatures.Load(folder.File("inception.safetensors"));

        var described = inception.Describe([Pictures.Gradient(40, 30)]);

        Assert.Multiple(() =>
        {
            Assert.That(inception.ClassCount, Is.EqualTo(5));
            Assert.That(described.Features.shape, Is.EqualTo(new long[] { 1, 2048 }));
            Assert.That(described.Logits![0, 3].item<float>(), Is.EqualTo(described.Features.sum().item<float>() / 2).Within(1e-3).Percent);
        });
    }

    [Test]
    public void Without_the_classifier_there_are_no_classes()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Write(folder.File("inception.safetensors"), classifier: null);

        using var inception = InceptionFeatures.Load(folder.File("inception.safetensors"));

        Assert.That(inception.ClassCount, Is.Zero);
    }

    private static void Write(string path, Tensor? classifier)
    {
        using var network = new FidInceptionV3();
        HashWeights.Fill(network);
        var weights = network.state_dict();
        if (classifier is not null)
        {
            weights["fc.weight"] = classifier;
        }

        SafetensorsWriter.Save(path, weights);
    }
}
