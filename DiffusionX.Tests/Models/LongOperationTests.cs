using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

/// <summary>Operations of a size that takes seconds, at which Ctrl-C has to be heard all the same.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class LongOperationTests
{
    [TestCase(1, 256)]
    [TestCase(3, 120)]
    public void A_convolution_in_pieces_is_the_whole_one(int samples, int height)
    {
        using var scope = NewDisposeScope();
        using var convolution = Conv2d.Same3x3(256, 256);
        HashWeights.Fill(convolution);
        var input = randn([samples, 256, height, 224], generator: new Generator(1));

        using (inference_mode())
        {
            var pieces = convolution.forward(input);
            var weights = convolution.state_dict();
            var whole = nn.functional.conv2d(input, weights["weight"], weights["bias"], [1, 1], [1, 1]);

            Assert.That(pieces.shape, Is.EqualTo(whole.shape));
            Assert.That((pieces - whole).abs().max().item<float>(), Is.LessThan(1e-4 * whole.abs().max().item<float>()));
        }
    }

    [Test]
    public void Attention_in_pieces_is_the_whole_one()
    {
        using var scope = NewDisposeScope();
        using var attention = new CrossAttention(width: 320, contextWidth: 320, heads: 8);
        HashWeights.Fill(attention);
        var tokens = randn([1, 8192, 320], generator: new Generator(1));

        using (inference_mode())
        {
            using var context = attention.Project(tokens);
            var pieces = attention.forward(tokens, context);
            var some = attention.forward(tokens.narrow(1, 5000, 7), context);

            Assert.That((pieces.narrow(1, 5000, 7) - some).abs().max().item<float>(), Is.LessThan(1e-5), "a few queries are computed at once");
        }
    }

    [Test]
    public void Both_stop_between_two_pieces()
    {
        using var scope = NewDisposeScope();
        using var convolution = Conv2d.Same3x3(512, 512);
        using var attention = new SelfAttention(width: 320, heads: 8);
        HashWeights.Fill(convolution);
        HashWeights.Fill(attention);
        var map = zeros(1, 512, 400, 400);
        var tokens = zeros(1, 20_000, 320);

        Assert.That(() => StopSoon(() => convolution.forward(map)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => StopSoon(() => attention.forward(tokens)), Throws.InstanceOf<OperationCanceledException>());
    }

    // Long before it is done, and after it began.
    private static void StopSoon(Func<Tensor> work)
    {
        using var inference = inference_mode();
        using var stop = new CancellationTokenSource();
        using var cancellation = ComputeCancellation.By(stop.Token);
        stop.CancelAfter(TimeSpan.FromMilliseconds(100));
        work();
    }
}
