using DiffusionX.Imaging;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Edge;
using DiffusionX.Tests.Imaging;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;
using Google.Protobuf;
using Wire = DiffusionX.Transport.Messages.Wire;

namespace DiffusionX.Tests.Sessions.Faults;

/// <summary>Whatever a cloud says, a refinement ends in a picture or in one plain error, in time and within a little memory.</summary>
[TestFixture]
[NoTensorLeaks]
internal sealed class HostileCloudTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    // However busy the machine is.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [TestCaseSource(nameof(Behaviours))]
    public async Task Without_a_cloud_to_trust_the_edge_refines(Func<HostileCloud.Visitor, Task> behave)
    {
        var (cloud, session) = await OpenAsync(behave, fallBack: true);
        await using (cloud)
        await using (session)
        {
            var refined = await session.FinalizeAsync().WaitAsync(Limit);

            Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Edge));
            AssertPlain(refined.Report.EdgeReason!);
        }
    }

    [TestCaseSource(nameof(Behaviours))]
    public async Task Or_where_it_may_not_one_plain_error_says_why(Func<HostileCloud.Visitor, Task> behave)
    {
        var (cloud, session) = await OpenAsync(behave, fallBack: false);
        await using (cloud)
        await using (session)
        {
            var error = await Assert.ThrowsAsync<RefinementException>(() => session.FinalizeAsync().WaitAsync(Limit));

            AssertPlain(error!.Message);
        }
    }

    [Test]
    public async Task A_cloud_that_floods_the_edge_with_previews_fills_no_memory()
    {
        var sent = 0L;
        var preview = Pictures.Noise(8, 8).Encode(PictureFormat.Png);
        var large = new byte[MessageBounds.PreviewBytes];
        preview.CopyTo(large, 0);
        var (cloud, session) = await OpenAsync(
            async visitor =>
            {
                await visitor.WelcomeAsync();
                while (true)
                {
                    // In memory a send may be done at once: without this the flood could keep the thread that the edge's request came on.
                    await Task.Yield();
                    await visitor.SendAsync(Progress(visitor) with { Preview = large });
                    Interlocked.Add(ref sent, large.Length);
                }
            },
            fallBack: true);
        await using (cloud)
        await using (session)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var refining = session.FinalizeAsync(new SlowWatcher());
            await Eventually.Holds(() => Interlocked.Read(ref sent) > 200L << 20, "the cloud has sent 200 MiB");

            Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(64L << 20));
            Assert.That((await refining.WaitAsync(Limit)).Report.Place, Is.EqualTo(RefinementPlace.Edge));
        }
    }

    [Test]
    public async Task Previews_that_are_none_are_left_out_and_the_result_counts()
    {
        var progress = new Recorder<RefinementProgress>();
        var (cloud, session) = await OpenAsync(
            async visitor =>
            {
                await visitor.WelcomeAsync();
                await visitor.SendAsync(Progress(visitor) with { Preview = [1, 2, 3] });
                await visitor.SendAsync(Progress(visitor) with { Preview = Pictures.Noise(900, 900).Encode(PictureFormat.Jpeg) });
                await visitor.SendAsync(Progress(visitor) with { Preview = Pictures.Noise(8, 8).Encode(PictureFormat.Png)[..100] });
                await visitor.SendAsync(Progress(visitor) with { Preview = Pictures.Noise(8, 8).Encode(PictureFormat.Png) });
                await visitor.SendAsync(Result(visitor));
                await visitor.FallSilentAsync();
            },
            fallBack: false);
        await using (cloud)
        await using (session)
        {
            var refined = await session.FinalizeAsync(progress).WaitAsync(Limit);

            Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Cloud));
            Assert.That(
                progress.All.Where(report => report.Stage == RefinementStage.Refining).Select(report => report.Preview is null),
                Is.EqualTo(new[] { true, true, true, false }));
        }
    }

    [Test]
    public async Task A_cloud_that_asks_for_haste_is_not_asked_more_than_a_hundred_times()
    {
        var asked = 0;
        var (cloud, session) = await OpenAsync(
            async visitor =>
            {
                await visitor.WelcomeAsync();
                Interlocked.Increment(ref asked);
                await visitor.SendAsync(Later(visitor), envelope => envelope.Error.RetryAfterMicroseconds = 0);
                await visitor.FallSilentAsync();
            },
            fallBack: true);
        await using (cloud)
        await using (session)
        {
            var refined = await session.FinalizeAsync().WaitAsync(Limit);

            Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Edge));
            Assert.That(asked, Is.InRange(1, 100));
        }
    }

    [Test]
    public async Task A_name_with_escape_sequences_is_plain_in_the_report()
    {
        var (cloud, session) = await OpenAsync(
            async visitor =>
            {
                await visitor.WelcomeAsync(welcome => welcome.Server = "\u001b]0;owned\u0007 cloud");
                await visitor.SendAsync(Result(visitor));
                await visitor.FallSilentAsync();
            },
            fallBack: false);
        await using (cloud)
        await using (session)
        {
            Assert.That((await session.FinalizeAsync().WaitAsync(Limit)).Report.RefinedBy, Is.EqualTo("]0;owned  cloud"));
        }
    }

    private static IEnumerable<TestCaseData> Behaviours()
    {
        yield return Case("says nothing", visitor => visitor.FallSilentAsync());
        yield return Case("leaves at once", _ => Task.CompletedTask);
        yield return Case("breaks off at once", Do(visitor => visitor.Abort()));
        yield return Case("answers with noise", visitor => visitor.SendAsync([0xFF, 0xFE, 0xFD]).AsTask());
        yield return Case(
            "answers with a result",
            async visitor => await visitor.SendAsync(
                new Result { RequestId = Guid.NewGuid(), Encoding = PictureEncoding.Png, Picture = [1] }));
        yield return Case("answers with kinds that nobody knows", async visitor =>
        {
            while (true)
            {
                await visitor.SendAsync([0xFA, 0x07, 0]);
            }
        });
        yield return Case("refuses with escape sequences", async visitor =>
            await visitor.SendAsync(
                new Error { RequestId = Guid.Empty, Code = ErrorCode.Internal, Text = "" },
                envelope => envelope.Error.Text = "\u001b[2J\u001b[31mowned\r\n\u202E"));
        yield return Welcoming("speaks version 99", welcome => welcome.Version = 99);
        yield return Welcoming("speaks no version", welcome => welcome.Version = -1);
        yield return Welcoming("has no limits", welcome => welcome.Limits = null);
        yield return Welcoming("takes frames of one byte", welcome => welcome.Limits.MaxFrameBytes = 1);
        yield return Welcoming("takes frames of a negative size", welcome => welcome.Limits.MaxFrameBytes = int.MinValue);
        yield return Welcoming("takes no picture", welcome => welcome.Limits.MaxPixels = 1);
        yield return Welcoming("takes no prompt", welcome => welcome.Limits.MaxPromptLength = 1);
        yield return Welcoming("has a fingerprint that is an escape sequence", welcome => welcome.VaeFingerprint = "\u001b[2J");
        yield return After("says nothing after its Welcome", visitor => visitor.FallSilentAsync());
        yield return After("leaves after the request", Do(_ => { }));
        yield return After("breaks off after the request", Do(visitor => visitor.Abort()));
        yield return After("welcomes twice", async visitor => await visitor.SendAsync(new Welcome()));
        yield return After("sends a request itself", async visitor => await visitor.SendAsync(visitor.Request!));
        yield return After("accepts for ever", async visitor =>
        {
            while (true)
            {
                await visitor.SendAsync(new Accepted { RequestId = visitor.Request!.RequestId, QueuePlace = int.MaxValue });
            }
        });
        yield return After("makes progress for ever", async visitor =>
        {
            while (true)
            {
                await visitor.SendAsync(Progress(visitor));
            }
        });
        yield return After(
            "makes progress backwards",
            async visitor => await visitor.SendAsync(Progress(visitor), envelope => envelope.Progress.Step = -1));
        yield return After("tells of other requests for ever", async visitor =>
        {
            while (true)
            {
                await visitor.SendAsync(Result(visitor) with { RequestId = Guid.NewGuid() });
            }
        });
        yield return After("refuses with half a character", async visitor => await visitor.SendAsync(BrokenText(visitor)));
        yield return After("refuses with escape sequences after the request", async visitor =>
            await visitor.SendAsync(
                Later(visitor) with { Retryable = false }, envelope => envelope.Error.Text = "\u001b[2J\u009B31m\u2028owned"));
        yield return After(
            "asks for a wait of a week",
            async visitor => await visitor.SendAsync(Later(visitor) with { RetryAfter = TimeSpan.FromDays(7) }));
        yield return After(
            "asks for a wait without end",
            async visitor => await visitor.SendAsync(Later(visitor), envelope => envelope.Error.RetryAfterMicroseconds = long.MaxValue));
        yield return After(
            "asks for a wait in the past",
            async visitor => await visitor.SendAsync(Later(visitor), envelope => envelope.Error.RetryAfterMicroseconds = -1));
        yield return After(
            "asks to try again at once, for ever",
            async visitor => await visitor.SendAsync(Later(visitor), envelope => envelope.Error.RetryAfterMicroseconds = 1));
        yield return Ending("took infinite time", envelope => envelope.Result.ComputeMicroseconds = long.MaxValue);
        yield return Ending("took negative time", envelope => envelope.Result.QueueMicroseconds = long.MinValue);
        yield return Ending("has a strength that is no number", envelope => envelope.Result.Strength = double.NaN);
        yield return Ending("has no picture", envelope => envelope.Result.Picture = ByteString.Empty);
        yield return Ending("has a picture that is none", envelope => envelope.Result.Picture = ByteString.CopyFrom(1, 2, 3, 4));
        yield return Ending("has a picture of another size", envelope => envelope.Result.Picture = Png(16, 24));
        yield return Ending("has a huge picture", envelope => envelope.Result.Picture = Png(2048, 2048, plain: true));
        yield return Ending(
            "has a picture that is cut short",
            envelope => envelope.Result.Picture = ByteString.CopyFrom(envelope.Result.Picture.Span[..^200]));
    }

    private static TestCaseData Case(string name, Func<HostileCloud.Visitor, Task> behave) =>
        new TestCaseData(behave).SetArgDisplayNames(name);

    private static Func<HostileCloud.Visitor, Task> Do(Action<HostileCloud.Visitor> act) => visitor =>
    {
        act(visitor);
        return Task.CompletedTask;
    };

    private static TestCaseData Welcoming(string name, Action<Wire.Welcome> change) =>
        Case($"it {name}", visitor => visitor.WelcomeAsync(change));

    private static TestCaseData After(string name, Func<HostileCloud.Visitor, Task> behave) => Case(name, async visitor =>
    {
        await visitor.WelcomeAsync();
        await behave(visitor);
        await visitor.ReceiveAsync();
    });

    private static TestCaseData Ending(string name, Action<Wire.Envelope> change) =>
        After($"the result {name}", visitor => visitor.SendAsync(Result(visitor), change));

    private static Progress Progress(HostileCloud.Visitor visitor) => new() { RequestId = visitor.Request!.RequestId, Step = 1, Steps = 4 };

    private static Error Later(HostileCloud.Visitor visitor) =>
        new() { RequestId = visitor.Request!.RequestId, Code = ErrorCode.OverCapacity, Text = "Later.", Retryable = true };

    private static Result Result(HostileCloud.Visitor visitor) => new()
    {
        RequestId = visitor.Request!.RequestId,
        Encoding = PictureEncoding.Png,
        Picture = Png(
            visitor.Request.Draft.Width * SessionModels.Edge.PixelsPerLatent,
            visitor.Request.Draft.Height * SessionModels.Edge.PixelsPerLatent).ToByteArray(),
        Strength = 0.5,
        StepsRun = 4,
    };

    private static ByteString Png(int width, int height, bool plain = false) =>
        ByteString.CopyFrom((plain ? Pictures.Plain(width, height, 1, 2, 3) : Pictures.Noise(width, height)).Encode(PictureFormat.Png));

    // Half a character in UTF-8, which no string of .NET's writes.
    private static byte[] BrokenText(HostileCloud.Visitor visitor)
    {
        var frame = MessageMapping.ToWire(Later(visitor) with { Text = "XXX" }).ToByteArray();
        "\u00ED\u00A0\u0080".Select(letter => (byte)letter).ToArray().CopyTo(frame, frame.AsSpan().IndexOf("XXX"u8));
        return frame;
    }

    private static void AssertPlain(string text)
    {
        Assert.That(text, Is.Not.Empty.And.EqualTo(PlainText.Of(text, text.Length)));
        Assert.That(text.Contains("rotocol message", StringComparison.Ordinal), Is.False, "a library's words");
    }

    private static async Task<(HostileCloud Cloud, EdgeSession Session)> OpenAsync(Func<HostileCloud.Visitor, Task> behave, bool fallBack)
    {
        var cloud = await HostileCloud.OpenAsync(new TcpTransport(new TcpTransportOptions()), behave);
        var settings = SessionSettings.With(refinement => refinement with
        {
            FallBackToEdge = fallBack,
            Deadline = Deadline,
            IdleTimeout = TimeSpan.FromSeconds(1),
            PreviewEvery = 1,
        });
        var session = await EdgeSession.OpenAsync(
            SessionModels.Edge, new TcpTransport(TcpTransportOptions.FromAddress(cloud.Address)), settings);
        await session.PromptAsync("a red house");
        return (cloud, session);
    }

    /// <summary>Someone who looks at each report for so long that a cloud could send thousands meanwhile.</summary>
    private sealed class SlowWatcher : IProgress<RefinementProgress>
    {
        public void Report(RefinementProgress value)
        {
            if (value.Stage == RefinementStage.Refining)
            {
                Thread.Sleep(50);
            }
        }
    }
}
