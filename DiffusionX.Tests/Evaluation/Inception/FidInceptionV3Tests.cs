using DiffusionX.Checkpoints;
using DiffusionX.Evaluation.Inception;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation.Inception;

[TestFixture]
[NoTensorLeaks]
public sealed class FidInceptionV3Tests
{
    [ReferenceCases("inception")]
    public void Features_are_those_of_pytorch_fid(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var inception = new FidInceptionV3();
        HashWeights.Fill(inception);

        var features = inception.Features(reference.Input("image"));

        reference.AssertClose("features", features);
    }

    [Test]
    public void It_has_the_published_number_of_parameters_without_the_classifier()
    {
        using var inception = new FidInceptionV3();

        Assert.That(inception.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(21_785_568));
    }

    [TestCase("Conv2d_1a_3x3.conv.weight")]
    [TestCase("Conv2d_4a_3x3.bn.running_var")]
    [TestCase("Mixed_5b.branch1x1.conv.weight")]
    [TestCase("Mixed_6e.branch7x7dbl_5.bn.num_batches_tracked")]
    [TestCase("Mixed_7c.branch3x3dbl_3b.bn.bias")]
    public void Its_tensors_have_the_names_of_torchvision(string name)
    {
        using var inception = new FidInceptionV3();

        Assert.That(inception.state_dict(), Does.ContainKey(name));
    }

    [Test]
    public void Pictures_that_are_not_in_colour_are_refused()
    {
        using var inception = new FidInceptionV3();
        using var gray = zeros(1, 1, 32, 32);

        Assert.That(() => inception.Features(gray), Throws.ArgumentException.With.Message.Contains("[1, 1, 32, 32]"));
    }

    [Test]
    public void Asking_for_features_leaves_the_picture_as_it_is()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var inception = new FidInceptionV3();
        HashWeights.Fill(inception);
        var image = full([1, 3, 299, 299], 0.25f);

        inception.Features(image);

        Assert.That(image.eq(0.25f).all().item<bool>(), Is.True);
    }
}
