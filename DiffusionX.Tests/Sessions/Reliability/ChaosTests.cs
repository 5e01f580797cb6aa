using System.Globalization;
using DiffusionX.Imaging;
using DiffusionX.Sessions.Edge;
using DiffusionX.Tests.Sessions.Faults;
using DiffusionX.Tests.Transport.Tcp;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Tests.Sessions.Reliability;

/// <summary>
/// A cloud in another process that is killed, stopped and cut off, over good links and bad ones, while pictures of 640 × 640 pixels are
/// refined: each arrives, and is the same as without all that. eng/soak.sh runs it for ten minutes.
/// </summary>
[TestFixture]
[Category("Soak")]
[Platform("Linux", Reason = "Signals and sockets as Linux has them.")]
public sealed class ChaosTests
{
    private const int ShortRounds = 1;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    // So much is refined again after a kill, and so long an edge tries: beyond it something hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly EdgeSessionOptions Options = SessionSettings.With(refinement => refinement with
    {
        Steps = 2,
        Strength = 0.5,
        IdleTimeout = TimeSpan.FromSeconds(10),
        LongestPause = TimeSpan.FromSeconds(1),
        Deadline = Limit,
    }) with { Steps = 1, Width = 640, Height = 640 };

    private TemporaryFolder folder = null!;
    private CloudInAnotherProcess cloud = null!;
    private Relay relay = null!;

    private enum Fault
    {
        Killed,
        Stopped,
        Cut,
        Slow,
        Silent,
    }

    [SetUp]
    public async Task StartACloud()
    {
        folder = new TemporaryFolder();
        cloud = await CloudInAnotherProcess.StartAsync(folder);
        relay = new Relay(cloud.Port);
    }

    [TearDown]
    public async Task EndIt()
    {
        await relay.DisposeAsync();
        cloud.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task Every_picture_arrives_and_is_the_same_whatever_happens_to_the_cloud_and_the_link()
    {
        var random = new Random(1);
        var run = new RunLength(ShortRounds);
        var longest = Enum.GetValues<Fault>().ToDictionary(fault => fault, _ => TimeSpan.Zero);
        var attempts = Enum.GetValues<Fault>().ToDictionary(fault => fault, _ => 0);
        var (expected, usual, bytes) = await RefineAsync(Link(), after: null);
        var refinements = 0;
        foreach (var _ in run.Rounds())
        {
            foreach (var fault in Enum.GetValues<Fault>())
            {
                var moment = usual * random.NextDouble();
                var link = Through(fault, random, bytes);

                var (refined, took, _) = await RefineAsync(link, () => StrikeAsync(fault, moment));

                Assert.That(refined.Picture, Is.SamePictureAs(expected.Picture), $"{fault} after {moment}");
                Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Cloud), $"{fault} after {moment}");
                longest[fault] = took > longest[fault] ? took : longest[fault];
                attempts[fault] += refined.Report.Attempts;
                refinements++;
            }
        }

        var figures = longest.Select(entry => string.Create(
            CultureInfo.InvariantCulture, $"{entry.Key}: longest {entry.Value.TotalSeconds:0.0} s, {attempts[entry.Key] / (refinements / 5.0):0.0} attempts"));
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{run.Elapsed.TotalSeconds:0} s, {refinements} refinements of {bytes / 1e6:0.0} MB each, undisturbed {usual.TotalSeconds:0.0} s. {string.Join("; ", figures)}."));
    }

    private static async Task<(RefinedImage Refined, TimeSpan Took, long Bytes)> RefineAsync(ITransport link, Func<Task>? after)
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, Options);
        await session.PromptAsync("a red house");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var striking = after?.Invoke() ?? Task.CompletedTask;
        var refined = await session.FinalizeAsync().WaitAsync(Limit);
        await striking;
        return (refined, clock.Elapsed, refined.Report.BytesUp + refined.Report.BytesDown);
    }

    private TcpTransport Link() => new(new TcpTransportOptions
    {
        Port = relay.Port,
        Tls = new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server)], ServerName = "localhost" },
    });

    private ITransport Through(Fault fault, Random random, long bytes) => fault switch
    {
        Fault.Cut => new ThrottledTransport(Link(), LinkProfile.Unlimited with { LoseAtByte = random.NextInt64(1, bytes) }),
        Fault.Slow => new ThrottledTransport(Link(), LinkProfile.WeakMobile),
        _ => Link(),
    };

    private async Task StrikeAsync(Fault fault, TimeSpan moment)
    {
        await Task.Delay(moment);
        switch (fault)
        {
            case Fault.Killed:
                cloud.Kill();
                cloud = await CloudInAnotherProcess.StartAsync(folder, cloud.Port);
                break;
            case Fault.Stopped:
                await cloud.StopForAsync(Silence);
                break;
            case Fault.Silent:
                relay.Freeze();
                break;
            default:
                break;
        }
    }
}
