using DiffusionX.Checkpoints;
using DiffusionX.Models;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class FidInceptionV3Tests
{
    [ReferenceCases("inception")]
    public void It_has_the_features_of_pytorch_fid(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var inceptionV3 = new FidInceptionV3();
        HashWeights.Fill(inceptionV3);

        var features = inceptionV3.forward(reference.Input("image"));

        reference.AssertClose("features", features);
    }

    [Test]
    public void It_has_torchvisions_parameters_without_the_classifiers()
    {
        using var inceptionV3 = new FidInceptionV3();

        Assert.Multiple(() =>
        {
            Assert.That(inceptionV3.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(21_785_568));
            Assert.That(
                inceptionV3.state_dict().Keys,
                Does.Contain("Conv2d_1a_3x3.bn.running_var").And.Contain("Mixed_7c.branch3x3dbl_3b.conv.weight"));
        });
    }

    [TestCase(1, 1)]
    [TestCase(299, 299)]
    [TestCase(64, 512)]
    public void Pictures_of_any_size_have_2048_features(long height, long width)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var inceptionV3 = new FidInceptionV3();
        HashWeights.Fill(inceptionV3);

        var features = inceptionV3.forward(zeros(1, 3, height, width));

        Assert.That(features.shape, Is.EqualTo(new long[] { 1, FidInceptionV3.FeatureCount }));
    }

    [TestCase(3, 8, 8)]
    [TestCase(1, 4, 8, 8)]
    [TestCase(0, 3, 8, 8)]
    public void What_is_no_picture_is_refused(params long[] shape)
    {
        using var inceptionV3 = new FidInceptionV3();
        using var input = zeros(shape);

        Assert.That(() => inceptionV3.forward(input), Throws.ArgumentException.With.Message.Contains("[B, 3, H, W]"));
    }
}
