using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Tests.Transport.Tcp;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Tests.Sessions.Reliability;

/// <summary>A cloud and its edges at work for long, in one process: nothing of it grows. eng/soak.sh runs it for ten minutes.</summary>
[TestFixture]
[Category("Soak")]
[Platform("Linux", Reason = "Memory and handles are read from /proc.")]
public sealed class SoakTests
{
    private const int ShortRounds = 6;
    private const int LargeEvery = 4;
    private const int SamplesEvery = 2;

    // What libraries make once and keep, until all of it was used: the first third is not looked at.
    private const int WarmUpShare = 3;

    // In the whole run. Finalizers and pools make samples differ by a little.
    private const double MostHandles = 8;
    private const double MostThreads = 8;
    private const double MostManaged = 4;
    private const double MostResident = 64;

    [Test]
    public async Task A_cloud_that_works_and_is_attacked_grows_in_nothing()
    {
        var run = new RunLength(ShortRounds);
        var samples = new List<Usage>();
        var refinements = 0;
        await using var refiner = await CloudRefiner.StartAsync(
            SessionModels.Cloud,
            new TcpTransport(new TcpTransportOptions { Tls = new TlsOptions { Certificate = Certificates.Server } }),
            new CloudRefinerOptions { Strength = new FixedStrength(0.5) });
        foreach (var round in run.Rounds())
        {
            refinements += await WorkAsync(refiner, round);
            if (round % SamplesEvery == SamplesEvery - 1)
            {
                await Eventually.Holds(() => refiner.State is { Connections: 0, Queued: 0, Running: false }, "the cloud is idle");
                samples.Add(Usage.Now(run.Elapsed));
            }
        }

        AssertNothingGrows(samples.Skip(samples.Count / WarmUpShare).ToArray(), run, refinements);
    }

    private static void AssertNothingGrows(Usage[] samples, RunLength run, int refinements)
    {
        double Growth(Func<Usage, double> quantity) => Usage.Growth(samples, quantity);
        var (managed, resident) = (Growth(sample => sample.Managed), Growth(sample => sample.Resident));
        var (handles, threads) = (Growth(sample => sample.Handles), Growth(sample => sample.Threads));
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Elapsed.TotalSeconds:0} s, {refinements} refinements, of which the last {samples[^1].Minutes - samples[0].Minutes:0.0} minutes are looked at. Growth in that time: managed memory {managed:+0.00;-0.00} MB of {samples[^1].Managed:0.0}, resident {resident:+0.0;-0.0} MB of {samples[^1].Resident:0}, handles {handles:+0.0;-0.0} of {samples[^1].Handles}, threads {threads:+0.0;-0.0} of {samples[^1].Threads}, tensors {samples[^1].Tensors - samples[0].Tensors:+0;-0;0} of {samples[^1].Tensors}."));
        Assert.Multiple(() =>
        {
            Assert.That(samples.Select(sample => sample.Tensors).Distinct().Count(), Is.EqualTo(1), "tensors");
            Assert.That(handles, Is.LessThan(MostHandles), "handles");
            Assert.That(threads, Is.LessThan(MostThreads), "threads");
            Assert.That(managed, Is.LessThan(MostManaged), "managed memory in MB");
            Assert.That(resident, Is.LessThan(MostResident), "resident memory in MB");
        });
    }

    /// <returns>How many refinements there were.</returns>
    private static async Task<int> WorkAsync(CloudRefiner refiner, int round)
    {
        var random = new Random(round);
        await RefineAsync(Link(refiner), round % LargeEvery == 0 ? Large : SessionSettings.Quick);
        await RefineAsync(Link(refiner), SessionSettings.Quick);
        await RefineAsync(new ThrottledTransport(Link(refiner), LinkProfile.Unlimited with { LoseAtByte = random.Next(1, 30_000) }), SessionSettings.Quick);
        await CancelAsync(Link(refiner), TimeSpan.FromMilliseconds(random.Next(0, 20)));
        await AttackAsync(refiner, random);
        return 3;
    }

    private static EdgeSessionOptions Large { get; } =
        SessionSettings.With(refinement => refinement with { Steps = 1 }) with { Steps = 1, Width = 512, Height = 512 };

    private static TcpTransport Link(CloudRefiner refiner) => new(new TcpTransportOptions
    {
        Port = new Uri(refiner.Address).Port,
        Tls = new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server)], ServerName = "localhost" },
    });

    private static async Task RefineAsync(ITransport link, EdgeSessionOptions options)
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, options);
        await session.PromptAsync("a red house");
        var refined = await session.FinalizeAsync();
        Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Cloud));
    }

    private static async Task CancelAsync(ITransport link, TimeSpan after)
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.Quick);
        await session.PromptAsync("a red house");
        using var cancellation = new CancellationTokenSource(after);
        try
        {
            await session.FinalizeAsync(cancellationToken: cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            // As it was asked for.
        }
    }

    // Noise before TLS, and a handshake that is left in the middle.
    private static async Task AttackAsync(CloudRefiner refiner, Random random)
    {
        byte[][] openings = [[0x16, 0x03, 0x01], new byte[100]];
        random.NextBytes(openings[1]);
        foreach (var opening in openings)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, new Uri(refiner.Address).Port);
            await socket.SendAsync(opening);
        }
    }
}
