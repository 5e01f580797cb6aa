using DiffusionX.Checkpoints;
using DiffusionX.Models.UNet;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Runtime;

[TestFixture]
[NoTensorLeaks]
public sealed class ComputeCancellationTests
{
    [Test]
    public void A_network_stops_between_two_layers_and_frees_what_it_had()
    {
        using var unet = SmallUNet();
        using var stopping = new CancellationTokenSource();
        using var cancellation = ComputeCancellation.By(stopping.Token);
        Assert.That(() => Ask(unet), Throws.Nothing);

        stopping.Cancel();

        Assert.That(() => Ask(unet), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void It_holds_until_it_is_disposed()
    {
        using (ComputeCancellation.By(new CancellationToken(canceled: true)))
        {
            using (ComputeCancellation.By(CancellationToken.None))
            {
                Assert.That(ComputeCancellation.ThrowIfRequested, Throws.Nothing);
            }

            Assert.That(ComputeCancellation.ThrowIfRequested, Throws.InstanceOf<OperationCanceledException>());
        }

        Assert.That(ComputeCancellation.ThrowIfRequested, Throws.Nothing);
    }

    private static UNet2DConditionModel SmallUNet()
    {
        var unet = new UNet2DConditionModel(new UNet2DConditionConfig
        {
            BlockOutChannels = [32, 64],
            CrossAttentionDim = 16,
            LayersPerBlock = 1,
            AttentionHeads = [4, 4],
            DownAttends = [true, false],
            UpAttends = [false, true],
        });
        HashWeights.Fill(unet);
        return unet;
    }

    private static void Ask(UNet2DConditionModel unet)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var text = unet.Attend(zeros(1, 7, 16));
        unet.Forward(zeros(1, 4, 8, 8), tensor(new[] { 500f }), text);
    }
}
