using DiffusionX.Imaging;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions.Faults;

/// <summary>A refinement over a link that loses, delays, reorders and paces packets, and is down in the middle.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class BadLinkTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly EdgeSessionOptions Options =
        SessionSettings.With(refinement => refinement with { Steps = 2 }) with { Steps = 1, Width = 256, Height = 256 };

    private readonly GatedStrength strength = new(isOpen: true);

    [Test]
    public async Task The_picture_is_the_same_as_over_a_good_link_and_computed_once()
    {
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, new TcpTransport(new TcpTransportOptions()), new CloudRefinerOptions { Strength = strength });
        var port = new Uri(refiner.Address).Port;
        var (expected, _) = await RefineAsync(port);
        var link = new BadLink();
        await using var relay = new Relay(port, carry: link.CarryAsync);

        var (picture, report) = await RefineAsync(relay.Port, new Recorder<RefinementProgress>(report => BreakAWhile(link, report)));

        Assert.That(picture, Is.SamePictureAs(expected));
        Assert.That((report.Place, report.Attempts, strength.Prompts.Count), Is.EqualTo((RefinementPlace.Cloud, 1, 2)));
        Assert.That(link.Lost, Is.Positive, "the test is about a bad link");
    }

    // Shorter than both ends wait for each other: nobody notices.
    private static void BreakAWhile(BadLink link, RefinementProgress report)
    {
        if (report.Stage == RefinementStage.Queued && !link.IsDown)
        {
            link.IsDown = true;
            _ = Task.Delay(TimeSpan.FromSeconds(0.5)).ContinueWith(_ => link.IsDown = false, TaskScheduler.Default);
        }
    }

    private static async Task<(Picture Picture, RefinementReport Report)> RefineAsync(int port, IProgress<RefinementProgress>? progress = null)
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new TcpTransport(new TcpTransportOptions { Port = port }), Options);
        await session.PromptAsync("a red house");
        var refined = await session.FinalizeAsync(progress).WaitAsync(Limit);
        return (refined.Picture, refined.Report);
    }
}
