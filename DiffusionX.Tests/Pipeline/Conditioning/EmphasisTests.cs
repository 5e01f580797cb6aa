using DiffusionX.Pipeline.Conditioning;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline.Conditioning;

[TestFixture]
[NoTensorLeaks]
public sealed class EmphasisTests
{
    [Test]
    public void Weighed_positions_grow_and_the_mean_stays()
    {
        using var scope = NewDisposeScope();
        var hidden = rand([1, 4, 8], generator: new Generator(1)) + 0.5;

        var weighed = Emphasis.Apply(hidden, [1, 2, 1, 0.5f]);

        var ratio = (weighed / hidden).mean([2]).data<float>().ToArray();
        Assert.That(weighed.mean().item<float>(), Is.EqualTo(hidden.mean().item<float>()).Within(1e-5));
        Assert.That(ratio[1] / ratio[0], Is.EqualTo(2).Within(1e-4));
        Assert.That(ratio[3] / ratio[2], Is.EqualTo(0.5).Within(1e-4));
    }

    [Test]
    public void Without_weights_nothing_changes_at_all()
    {
        using var scope = NewDisposeScope();
        var hidden = rand([1, 3, 5], generator: new Generator(1));

        Assert.That(Emphasis.Apply(hidden, [1, 1, 1]).data<float>().ToArray(), Is.EqualTo(hidden.data<float>().ToArray()));
    }

    [Test]
    public void A_mean_that_vanishes_is_not_divided_by()
    {
        using var scope = NewDisposeScope();
        var hidden = ones([1, 2, 3]);

        var weighed = Emphasis.Apply(hidden, [1, -1]);

        Assert.That(weighed.isfinite().all().item<bool>());
        Assert.That(weighed.data<float>().ToArray(), Is.EqualTo(new float[] { 1, 1, 1, -1, -1, -1 }));
    }

    [Test]
    public void The_type_of_the_states_stays()
    {
        using var scope = NewDisposeScope();

        Assert.That(Emphasis.Apply(ones([1, 2, 3], dtype: ScalarType.BFloat16), [1, 2]).dtype, Is.EqualTo(ScalarType.BFloat16));
    }
}
