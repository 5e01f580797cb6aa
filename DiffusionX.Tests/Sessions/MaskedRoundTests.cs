using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Tests.Imaging;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class MaskedRoundTests
{
    private const string House = "a red house";
    private const string Boat = "a boat";

    private static readonly CloudRefinerOptions EveryStep = new() { SkipSteps = SkipStepSchedule.None };

    // The upper half of 8×8 latent positions.
    private static readonly Mask UpperHalf = new(1, 2, [true, false]);

    private static readonly RoundOptions InUpperHalf = new() { Mask = UpperHalf };

    [Test]
    public async Task A_region_is_redrawn_and_the_latent_outside_of_it_stays_bit_for_bit()
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);
        var before = (await session.PromptAsync(House)).Round.Latent;

        var after = (await session.PromptAsync(Boat, InUpperHalf)).Round;

        Assert.That(Lower(after.Latent), Is.EqualTo(Lower(before)));
        Assert.That(Upper(after.Latent), Is.Not.EqualTo(Upper(before)));
        Assert.That((after.Strength, after.Mask!.Width, after.Mask.Height), Is.EqualTo((1.0, 8, 8)));
        Assert.That(after.Mask.Redrawn.ToArray().Count(redrawn => redrawn), Is.EqualTo(32));
    }

    [Test]
    public async Task The_round_after_it_draws_all_again()
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);
        await session.PromptAsync(House);
        var masked = await session.PromptAsync(Boat, InUpperHalf);

        var next = (await session.PromptAsync(House)).Round;

        Assert.That(next.Mask, Is.Null);
        Assert.That(Lower(next.Latent), Is.Not.EqualTo(Lower(masked.Round.Latent)));
    }

    [Test]
    public async Task How_much_of_the_region_is_kept_can_be_chosen()
    {
        var options = SessionSettings.Quick with { MaskedStrength = new FixedStrength(0.5) };
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), options);
        await session.PromptAsync(House);

        var round = (await session.PromptAsync(Boat, InUpperHalf)).Round;

        Assert.That(round.Strength, Is.EqualTo(0.5));
    }

    [Test]
    public async Task Before_the_first_round_there_is_nothing_to_redraw_a_region_of()
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);

        await Assert.ThatAsync(() => session.PromptAsync(House, InUpperHalf), Throws.TypeOf<SessionException>().With.Message.Contains("with a prompt first"));
    }

    [Test]
    public async Task A_region_of_a_picture_is_redrawn_and_the_pictures_latent_outside_of_it_stays_bit_for_bit()
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);
        var picture = Pictures.Noise(64, 64);

        var drawn = (await session.PromptAsync(Boat, InUpperHalf with { InitImage = picture })).Round;

        var latent = await SessionModels.Edge.EncodeAsync(picture);
        Assert.That(Lower(drawn.Latent), Is.EqualTo(Lower(latent)));
        Assert.That(Upper(drawn.Latent), Is.Not.EqualTo(Upper(latent)));
        Assert.That((session.Rounds.Count, drawn.Parent, session.Undo()!.IsPicture), Is.EqualTo((2, 1, true)));
    }

    [Test]
    public async Task A_picture_is_scaled_to_what_the_model_draws_and_gets_the_usual_noise()
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);

        var round = (await session.PromptAsync(Boat, new RoundOptions { InitImage = Pictures.Noise(500, 250) })).Round;

        Assert.That((round.Strength, round.Latent.Width, round.Latent.Height), Is.EqualTo((0.75, 11, 6)));
    }

    [Test]
    public async Task A_picture_from_which_nothing_could_be_drawn_is_no_round()
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);
        using var stop = new CancellationTokenSource();
        var stopping = new Recorder<GenerationProgress>(_ => stop.Cancel());

        await Assert.ThatAsync(
            () => session.PromptAsync(Boat, new RoundOptions { InitImage = Pictures.Noise(64, 64) }, stopping, stop.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That((session.Rounds.Count, session.Current), Is.EqualTo((0, (Round?)null)));
    }

    [TestCase(-0.1)]
    [TestCase(double.NaN)]
    public async Task A_noise_out_of_range_is_refused(double strength)
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);

        Assert.That(() => session.PromptAsync(House, new RoundOptions { Strength = strength }), Throws.TypeOf<SessionException>().With.Message.Contains("Strength"));
    }

    [Test]
    public async Task A_refinement_takes_other_options_and_a_region_of_its_own_for_once()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, EveryStep);
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.Quick);
        await session.PromptAsync(Boat);

        var refined = await session.FinalizeAsync(session.Refinement with { Mask = UpperHalf, Strength = 0.5 });

        var arrived = DraftCodec.DecodeLatent(DraftCodec.Encode(session.Current!.Latent, DraftEncoding.Float16Latent));
        var alone = await SessionModels.Cloud.GenerateAsync(RefinementOf(session.Current) with { InitLatent = arrived, InitMask = UpperHalf });
        Assert.That(refined.Picture, Is.SamePictureAs(alone.Images[0].Picture));
        Assert.That(session.Refinement.Mask, Is.Null, "for once");
    }

    [Test]
    public async Task The_cloud_refines_the_region_alone()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, EveryStep);
        await using var session = await OpenWithMaskedRoundAsync(link, refinement => refinement with { Strength = 0.5 });

        var refined = await session.FinalizeAsync();

        var round = session.Current!;
        var arrived = DraftCodec.DecodeLatent(DraftCodec.Encode(round.Latent, DraftEncoding.Float16Latent));
        var alone = await SessionModels.Cloud.GenerateAsync(RefinementOf(round) with { InitLatent = arrived, InitMask = UpperHalf });
        Assert.That(refined.Picture, Is.SamePictureAs(alone.Images[0].Picture));
        Assert.That(Lower(alone.Images[0].Latent), Is.EqualTo(Lower(arrived)), "bit for bit");
    }

    [Test]
    public async Task A_cloud_with_another_VAE_gets_a_picture_and_the_mask()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.CloudWithAnotherVae, link, EveryStep);
        var options = SessionSettings.With(refinement => refinement with { Strength = 0.5, Encoding = DraftEncoding.Png });
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, options);
        await session.PromptAsync(House);
        var draft = await session.PromptAsync(Boat, InUpperHalf);

        var refined = await session.FinalizeAsync();

        var alone = await SessionModels.CloudWithAnotherVae.GenerateAsync(
            RefinementOf(draft.Round) with { InitImage = draft.Picture, InitMask = UpperHalf });
        Assert.That(refined.Picture, Is.SamePictureAs(alone.Images[0].Picture));
    }

    [Test]
    public async Task All_of_it_is_refined_if_the_options_say_so()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, EveryStep);
        await using var session = await OpenWithMaskedRoundAsync(link, refinement => refinement with { Strength = 0.5, KeepsOutsideMask = false });

        var refined = await session.FinalizeAsync();

        var arrived = DraftCodec.DecodeLatent(DraftCodec.Encode(session.Current!.Latent, DraftEncoding.Float16Latent));
        var whole = await SessionModels.Cloud.GenerateAsync(
            RefinementOf(session.Current) with { InitLatent = arrived });
        Assert.That(refined.Picture, Is.SamePictureAs(whole.Images[0].Picture));
    }

    [Test]
    public async Task It_is_refined_by_one_model_without_a_relay()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, EveryStep);
        await using var session = await OpenWithMaskedRoundAsync(link, refinement => refinement with { Strength = 0.75, Relay = new LatentRelay(0.5) });

        var report = (await session.FinalizeAsync()).Report;

        Assert.That((report.RelayedSteps, report.Strength), Is.EqualTo((0, 0.75)));
    }

    [Test]
    public async Task The_edge_refines_the_region_alone_in_the_clouds_stead()
    {
        await using var session = await OpenWithMaskedRoundAsync(
            new InMemoryTransport(), refinement => refinement with { Strength = 0.5, FallBackToEdge = true, IdleTimeout = TimeSpan.FromMilliseconds(100) });

        var refined = await session.FinalizeAsync();

        var alone = await SessionModels.Edge.GenerateAsync(RefinementOf(session.Current!) with { InitLatent = session.Current!.Latent, InitMask = UpperHalf });
        Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Edge));
        Assert.That(refined.Picture, Is.SamePictureAs(alone.Images[0].Picture));
    }

    [Test]
    public async Task A_cloud_that_knows_no_masks_is_not_asked()
    {
        var link = new InMemoryTransport();
        await using var listener = await link.ListenAsync();
        var fingerprints = await SessionModels.Edge.FingerprintAsync();
        var older = new Welcome { Server = "an older cloud", VaeFingerprint = fingerprints.Vae };
        var serving = Task.Run(async () =>
        {
            await using var channel = await MessageChannel.AcceptAsync(await listener.AcceptAsync(), _ => older);
            return await channel.ReceiveAsync();
        });

        await using (var session = await OpenWithMaskedRoundAsync(link, refinement => refinement))
        {
            await Assert.ThatAsync(() => session.FinalizeAsync(), Throws.TypeOf<RefinementException>().With.Message.Contains("KeepsOutsideMask"));
        }

        Assert.That(await serving, Is.Null, "the connection was closed without a request");
    }

    [Test]
    public async Task The_mask_is_kept_in_the_sessions_file()
    {
        using var folder = new TemporaryFolder();
        await using (var session = await OpenWithMaskedRoundAsync(new InMemoryTransport(), refinement => refinement))
        {
            await session.SaveAsync(folder.File("session.dxs"));
        }

        await using var again = await EdgeSession.ReopenAsync(folder.File("session.dxs"), SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick);

        Assert.That(again.Current!.Mask!.Redrawn.ToArray(), Is.EqualTo(UpperHalf.Resize(8, 8).Redrawn.ToArray()));
    }

    private static async Task<EdgeSession> OpenWithMaskedRoundAsync(InMemoryTransport link, Func<RefinementOptions, RefinementOptions> change)
    {
        var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.With(change));
        await session.PromptAsync(House);
        await session.PromptAsync(Boat, InUpperHalf);
        return session;
    }

    private static GenerationRequest RefinementOf(Round round) => new() { Prompt = Boat, Seed = round.Seed + 1, Steps = 8, Strength = 0.5 };

    private static float[] Upper(Latent latent) => [.. Enumerable.Range(0, latent.Values.Length).Where(i => i % 64 < 32).Select(i => latent.Values[i])];

    private static float[] Lower(Latent latent) => [.. Enumerable.Range(0, latent.Values.Length).Where(i => i % 64 >= 32).Select(i => latent.Values[i])];
}
