using DiffusionX.Imaging;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions.Cloud;

[TestFixture]
internal sealed class RequestLimitsTests
{
    private const string Vae = "the VAE of both";
    private const string Schedule = "the noise schedule of both";

    private static readonly string Hash = string.Concat(Enumerable.Repeat("0123456789abcdef", 4));

    private static readonly Hello Client = new() { VaeFingerprint = Vae, ScheduleFingerprint = Schedule };

    private static readonly CloudRefinerOptions Options = new() { MaxSteps = 50, MaxPromptLength = 100, MaxPixels = 512 * 512 };

    private static readonly RequestLimits Limits = new(
        Options.Limits,
        new DraftLimits(Vae, LatentChannels: 4, PixelsPerLatent: 8, MaxPixels: 512 * 512),
        loras: [],
        Schedule);

    private static readonly Refine Good = RawClient.Request() with { RequestId = new Guid("11111111-2222-3333-4444-555555555555") };

    private static IEnumerable<TestCaseData<Refine, string>> TooMuch()
    {
        yield return new(Good with { Prompt = new string('a', 101) }, "characters");
        yield return new(Good with { NegativePrompt = new string('a', 101) }, "characters");
        yield return new(Good with { Steps = 51 }, "51 steps");
        yield return new(Good with { Steps = 0 }, "0 steps");
        yield return new(Good with { Steps = int.MinValue }, "steps");
        yield return new(Good with { GuidanceScale = double.NaN }, "guidance");
        yield return new(Good with { GuidanceScale = double.PositiveInfinity }, "guidance");
        yield return new(Good with { GuidanceScale = -1 }, "guidance");
        yield return new(Good with { Strength = double.NaN }, "strength");
        yield return new(Good with { Strength = 1.1 }, "strength");
        yield return new(Good with { PreviewEvery = -1 }, "Previews");
        yield return new(Good with { PromptNotation = (PromptNotation)9 }, "syntax");
        yield return new(Good with { Loras = [new LoraReference(Hash, 1)] }, "lacks the LoRA 0123456789ab ");
        yield return new(Good with { Loras = [new LoraReference(Hash, double.NaN)] }, "strength of the LoRA 0123456789ab");
        yield return new(Good with { Loras = [.. Enumerable.Repeat(new LoraReference(Hash, 1), 17)] }, "17 LoRAs");
        yield return new(Good with { RequestId = Guid.Empty }, "no id");
        yield return new(Good with { Draft = Good.Draft with { Height = 0 } }, "which is none");
        yield return new(Good with { Draft = Good.Draft with { Channels = -4, Height = -8 } }, "which is none");
        yield return new(Good with { Draft = Good.Draft with { Channels = 16 } }, "16 channels");
        yield return new(Good with { Draft = Good.Draft with { Height = int.MaxValue, Width = int.MaxValue } }, "pixels");
        yield return new(Good with { Draft = Good.Draft with { Height = 64, Width = 65 } }, "pixels");
        yield return new(Good with { Draft = Good.Draft with { Width = 9 } }, "bytes");
        yield return new(Good with { Draft = Good.Draft with { Encoding = DraftEncoding.Latent8 } }, "bytes");
        yield return new(Good with { Draft = Good.Draft with { Encoding = (DraftEncoding)99 } }, "does not know");
        yield return new(Good with { Draft = Good.Draft with { Encoding = DraftEncoding.Png } }, "no Png picture");
        yield return new(Good with { Draft = PictureOf(64, 64) with { Encoding = DraftEncoding.WebP } }, "no WebP picture");
        yield return new(Good with { Draft = PictureOf(520, 512) }, "266240 pixels");
        yield return new(Good with { Draft = PictureOf(7, 512) }, "smallest");
        yield return new(Good with { Relay = new RelayPoint { NextStep = Good.Steps, Sigma = 1 } }, "nothing is left");
        yield return new(Good with { Relay = new RelayPoint { NextStep = 1, Sigma = 1 }, Draft = PictureOf(64, 64) }, "from a latent");
        yield return new(Good with { Mask = MaskOf(9, 8) }, "have to be the same");
        yield return new(Good with { Mask = MaskOf(8, 8) with { Bits = new byte[7] } }, "7 bytes");
        yield return new(Good with { Mask = MaskOf(520, 512), Draft = PictureOf(64, 64) }, "266240 positions");
        yield return new(Good with { Mask = MaskOf(8, 8), Relay = new RelayPoint { NextStep = 1, Sigma = 1 } }, "under a mask");
        yield return new(Good with { Draft = PictureOf(8, 8) with { Bytes = new byte[(512 * 512 * 3) + 70_000] } }, "bytes");
    }

    [Test]
    public void A_request_within_the_limits_has_no_fault() => Assert.That(Limits.FindFault(Good, Client), Is.Null);

    [TestCaseSource(nameof(TooMuch))]
    public void A_request_for_too_much_or_for_nonsense_is_refused_with_the_reason(Refine request, string reason) =>
        Assert.That(Limits.FindFault(request, Client), Does.Contain(reason));

    [Test]
    public void The_largest_frame_follows_from_the_largest_draft_and_holds_one_that_no_encoding_makes_smaller()
    {
        var noise = new byte[512 * 512 * 3];
        new Random(1).NextBytes(noise);
        var draft = DraftCodec.Encode(new Picture(512, 512, noise), DraftEncoding.Png, quality: 90);

        var largest = MessageSerializer.Serialize(Good with { Draft = draft, Prompt = new string('家', 100), NegativePrompt = new string('家', 100) });

        Assert.That(Options.Limits.MaxFrameBytes, Is.InRange(largest.Length, 2 * largest.Length));
    }

    [Test]
    public void A_run_of_another_noise_schedule_can_not_be_gone_on_with()
    {
        var relayed = Good with { Relay = new RelayPoint { NextStep = 1, Sigma = 1 } };

        Assert.That(Limits.FindFault(relayed, Client), Is.Null);
        Assert.That(Limits.FindFault(relayed, Client with { ScheduleFingerprint = "another" }), Does.Contain("noise schedule"));
    }

    [Test]
    public void A_latent_of_another_VAE_is_refused_and_a_picture_is_not()
    {
        Assert.That(Limits.FindFault(Good, Client with { VaeFingerprint = "another VAE" }), Does.Contain("as a picture"));
        Assert.That(Limits.FindFault(Good with { Draft = PictureOf(64, 64) }, Client with { VaeFingerprint = "another VAE" }), Is.Null);
    }

    [Test]
    public void A_mask_over_a_latent_has_its_size_and_one_over_a_picture_any()
    {
        Assert.That(Limits.FindFault(Good with { Mask = MaskOf(8, 8) }, Client), Is.Null);
        Assert.That(Limits.FindFault(Good with { Mask = MaskOf(9, 3), Draft = PictureOf(64, 64) }, Client), Is.Null);
    }

    [TestCase(null, 600)]
    [TestCase(5.0, 5)]
    [TestCase(1e9, 600)]
    public void A_deadline_is_the_clients_own_within_the_clouds(double? asked, double granted) =>
        Assert.That(Options.DeadlineOf(Good with { Deadline = asked is { } seconds ? TimeSpan.FromSeconds(seconds) : null }).TotalSeconds, Is.EqualTo(granted));

    private static MaskPayload MaskOf(int width, int height) => new() { Width = width, Height = height, Bits = new byte[MaskPayload.BytesFor(height, width)] };

    private static DraftPayload PictureOf(int width, int height) =>
        DraftCodec.Encode(new Picture(width, height, new byte[width * height * 3]), DraftEncoding.Png, quality: 90);
}
