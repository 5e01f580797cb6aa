using System.Text;
using System.Text.Json;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Google.Protobuf;
using Wire = DiffusionX.Transport.Messages.Wire;

namespace DiffusionX.Tests.Transport.Messages;

[TestFixture]
internal sealed class MessageSerializerTests
{
    private const byte PingTag = 0x4A;

    [Test]
    public void Every_message_comes_back_as_it_was([ValueSource(typeof(Samples), nameof(Samples.All))] Message message)
    {
        var back = MessageSerializer.Deserialize(MessageSerializer.Serialize(message), "a peer");

        Assert.That(Json(back), Is.EqualTo(Json(message)));
    }

    [Test]
    public void Fields_that_can_be_left_out_come_back_left_out()
    {
        var sparse = Samples.Refine with { NegativePrompt = "", Strength = null, Deadline = null, TraceParent = null, Relay = null, Mask = null };

        Assert.That(Json(RoundTrip(sparse)), Is.EqualTo(Json(sparse)));
        Assert.That(
            RoundTrip(Samples.Hello with { Token = null, SessionId = Guid.Empty }),
            Is.EqualTo(Samples.Hello with { Token = null, SessionId = Guid.Empty }));
        Assert.That(
            RoundTrip(Samples.Error with { RequestId = Guid.Empty, RetryAfter = null }),
            Is.EqualTo(Samples.Error with { RequestId = Guid.Empty, RetryAfter = null }));
    }

    [Test]
    public void There_is_a_sample_of_every_kind_and_the_generated_code_of_any_language_reads_it()
    {
        var kinds = typeof(Message).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Message)) && !type.IsAbstract);
        var read = Samples.All.Select(
            message => Wire.Envelope.Parser.ParseFrom(MessageSerializer.Serialize(message)).MessageCase.ToString());

        Assert.That(Samples.All.Select(message => message.GetType()), Is.EquivalentTo(kinds));
        Assert.That(read, Is.EqualTo(Samples.All.Select(message => message.GetType().Name)));
    }

    [Test]
    public void A_Ping_looks_on_the_wire_as_the_protocols_page_shows_it()
    {
        Assert.That(MessageSerializer.Serialize(new Ping { Number = 7 }), Is.EqualTo(Convert.FromHexString("4a09090700000000000000")));
    }

    [Test]
    public void A_request_costs_little_more_than_its_draft_and_prompt()
    {
        var content = Samples.Draft.Bytes.Length + Encoding.UTF8.GetByteCount(Samples.Refine.Prompt + Samples.Refine.TraceParent);

        Assert.That(MessageSerializer.Serialize(Samples.Refine with { Loras = [] }).Length - content, Is.LessThan(120));
    }

    [Test]
    public void Unknown_kinds_are_skipped([Values(11, 15, 16, 2047, 2048, (1 << 29) - 1)] int kind)
    {
        var frame = new MemoryStream();
        using (var output = new CodedOutputStream(frame))
        {
            output.WriteTag(kind, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(0xFF, 0xFF, 0xFF));
        }

        Assert.That(MessageSerializer.Deserialize(frame.ToArray(), "a peer"), Is.Null);
    }

    [Test]
    public void Fields_that_a_newer_peer_adds_are_skipped()
    {
        byte[] number = [0x09, 6, 0, 0, 0, 0, 0, 0, 0];
        byte[] mood = [0xFA, 0x01, 3, (byte)'o', (byte)'d', (byte)'d'];
        byte[] frame = [PingTag, (byte)(number.Length + mood.Length), .. number, .. mood];

        Assert.That(MessageSerializer.Deserialize(frame, "a peer"), Is.EqualTo(new Ping { Number = 6 }));
    }

    [TestCase(200)]
    [TestCase(-1)]
    [TestCase(int.MaxValue)]
    [TestCase(256 + (int)ErrorCode.Internal)]
    public void Error_codes_that_a_newer_peer_adds_arrive_as_unknown(int code)
    {
        var newer = Change(Samples.Error, envelope => envelope.Error.Code = (Wire.ErrorCode)code);

        Assert.That(MessageSerializer.Deserialize(newer, "a peer"), Is.EqualTo(Samples.Error with { Code = ErrorCode.Unknown }));
    }

    [Test]
    public void A_frame_that_is_cut_short_or_goes_on_is_malformed([ValueSource(typeof(Samples), nameof(Samples.All))] Message message)
    {
        var frame = MessageSerializer.Serialize(message);

        for (var bytes = 0; bytes < frame.Length; bytes++)
        {
            Assert.That(
                () => MessageSerializer.Deserialize(frame.AsSpan(0, bytes), "a peer"),
                Throws.TypeOf<ProtocolException>(),
                $"{bytes} bytes");
        }

        Assert.That(
            () => MessageSerializer.Deserialize([.. frame, 0], "a peer"),
            Throws.TypeOf<ProtocolException>().With.Message.StartsWith("a peer"));
        Assert.That(() => MessageSerializer.Deserialize([.. frame, .. frame], "a peer"), Throws.TypeOf<ProtocolException>());
    }

    [TestCaseSource(nameof(Nonsense))]
    public void A_message_that_makes_no_sense_is_malformed_and_the_error_says_why(Message message, Action<Wire.Envelope> change, string why)
    {
        var frame = Change(message, change);

        Assert.That(() => MessageSerializer.Deserialize(frame, "a peer"), Throws.TypeOf<ProtocolException>().With.Message.Contains(why));
    }

    [Test]
    public void A_message_that_makes_no_sense_is_not_sent()
    {
        Message[] messages =
        [
            Samples.Refine with { Prompt = "half a character: \uD83D" },
            Samples.Refine with { Strength = double.NaN },
            Samples.Refine with { RequestId = Guid.Empty },
            Samples.Hello with { Token = new string('t', MessageBounds.Token + 1) },
            Samples.Result with { Picture = [] },
        ];

        foreach (var message in messages)
        {
            Assert.That(
                () => MessageSerializer.Serialize(message),
                Throws.TypeOf<ProtocolException>().With.Message.StartsWith(message.GetType().Name));
        }
    }

    [Test]
    public void Text_for_people_is_plain_when_it_has_come_in()
    {
        var hostile = "red \u001b[31m\u202Eevil\r\n\u0000" + new string('x', 2000);

        var error = (Error)MessageSerializer.Deserialize(Change(Samples.Error, envelope => envelope.Error.Text = hostile), "a peer")!;
        var hello = (Hello)MessageSerializer.Deserialize(Change(Samples.Hello, envelope => envelope.Hello.Client = hostile), "a peer")!;
        var welcome = (Welcome)MessageSerializer.Deserialize(
            Change(Samples.Welcome, envelope => envelope.Welcome.Server = hostile), "a peer")!;

        Assert.That((string[])[error.Text, hello.Client, welcome.Server], Has.All.StartsWith("red  [31m evil").And.All.EndsWith("x…"));
        Assert.That(
            (error.Text.Length, hello.Client.Length, welcome.Server.Length),
            Is.EqualTo((MessageBounds.ErrorText, MessageBounds.Name, MessageBounds.Name)));
    }

    [Test]
    public void What_is_no_UTF_8_is_no_text()
    {
        var frame = MessageSerializer.Serialize(Samples.Refine with { Prompt = "abcd" });
        frame[frame.AsSpan().IndexOf("abcd"u8)] = 0xC3;

        Assert.That(() => MessageSerializer.Deserialize(frame, "a peer"), Throws.TypeOf<ProtocolException>());
    }

    [Test]
    public void Neither_secrets_nor_prompts_are_in_what_a_log_would_show()
    {
        Assert.That(Samples.Hello.ToString(), Does.Contain("a phone").And.Not.Contain("s3cret").And.Not.Contain("0f8fad5b"));
        Assert.That(Samples.Refine.ToString(), Is.EqualTo("Refine"));
        Assert.That(Samples.Error.ToString(), Is.EqualTo("Error"));
    }

    private static IEnumerable<TestCaseData<Message, Action<Wire.Envelope>, string>> Nonsense()
    {
        static TestCaseData<Message, Action<Wire.Envelope>, string> Case(
            string name, Message message, Action<Wire.Envelope> change, string why) =>
            new TestCaseData<Message, Action<Wire.Envelope>, string>(message, change, why).SetArgDisplayNames(name);

        yield return Case("no versions", Samples.Hello, wire => wire.Hello.MinVersion = 0, "versions");
        yield return Case("versions in disorder", Samples.Hello, wire => wire.Hello.MaxVersion = 1, "versions");
        yield return Case("long token", Samples.Hello, wire => wire.Hello.Token = new string('t', 513), "token");
        yield return Case("long fingerprint", Samples.Hello, wire => wire.Hello.VaeFingerprint = new string('f', 129), "fingerprint");
        yield return Case("escape in a fingerprint", Samples.Hello, wire => wire.Hello.ScheduleFingerprint = "\u001b[31m", "fingerprint");
        yield return Case("no version", Samples.Welcome, wire => wire.Welcome.Version = -1, "version");
        yield return Case("a solver with a line break", Samples.Welcome, wire => wire.Welcome.Solver = "a\nb", "solver");
        yield return Case("no limits", Samples.Welcome, wire => wire.Welcome.Limits = null, "frame");
        yield return Case("tiny frames", Samples.Welcome, wire => wire.Welcome.Limits.MaxFrameBytes = 100, "frame");
        yield return Case("negative frames", Samples.Welcome, wire => wire.Welcome.Limits.MaxFrameBytes = int.MinValue, "frame");
        yield return Case("no steps allowed", Samples.Welcome, wire => wire.Welcome.Limits.MaxSteps = 0, "limit");
        yield return Case("no id", Samples.Refine, wire => wire.Refine.RequestId = ByteString.Empty, "no id");
        yield return Case("short id", Samples.Refine, wire => wire.Refine.RequestId = ByteString.CopyFrom(1, 2, 3), "no id");
        yield return Case("long id", Samples.Cancel, wire => wire.Cancel.RequestId = ByteString.CopyFrom(new byte[17]), "no id");
        yield return Case("no draft", Samples.Refine, wire => wire.Refine.Draft = null, "draft");
        yield return Case("empty draft", Samples.Refine, wire => wire.Refine.Draft.Content = ByteString.Empty, "draft is missing");
        yield return Case("negative width", Samples.Refine, wire => wire.Refine.Draft.Width = -1, "size");
        yield return Case("huge height", Samples.Refine, wire => wire.Refine.Draft.Height = int.MaxValue, "size");
        yield return Case("no channels", Samples.Refine, wire => wire.Refine.Draft.Channels = 0, "size");
        yield return Case(
            "unknown draft encoding", Samples.Refine, wire => wire.Refine.Draft.Encoding = (Wire.DraftEncoding)77, "encoding is unknown");
        yield return Case(
            "draft encoding beyond a byte",
            Samples.Refine,
            wire => wire.Refine.Draft.Encoding = (Wire.DraftEncoding)256,
            "encoding is unknown");
        yield return Case(
            "unknown result encoding",
            Samples.Refine,
            wire => wire.Refine.ResultEncoding = (Wire.PictureEncoding)(-1),
            "encoding is unknown");
        yield return Case("strength that is no number", Samples.Refine, wire => wire.Refine.Strength = double.NaN, "strength");
        yield return Case("strength above 1", Samples.Refine, wire => wire.Refine.Strength = 1.01, "strength");
        yield return Case("infinite guidance", Samples.Refine, wire => wire.Refine.GuidanceScale = double.PositiveInfinity, "guidance");
        yield return Case("no steps", Samples.Refine, wire => wire.Refine.Steps = 0, "steps");
        yield return Case("negative previews", Samples.Refine, wire => wire.Refine.PreviewEvery = -1, "steps");
        yield return Case("negative deadline", Samples.Refine, wire => wire.Refine.DeadlineMicroseconds = -1, "deadline");
        yield return Case("deadline beyond all time", Samples.Refine, wire => wire.Refine.DeadlineMicroseconds = long.MaxValue, "deadline");
        yield return Case("trace context with a line break", Samples.Refine, wire => wire.Refine.TraceParent = "00-\n", "trace");
        yield return Case("relay to a step before the first", Samples.Refine, wire => wire.Refine.Relay.NextStep = -1, "step");
        yield return Case("relay without noise", Samples.Refine, wire => wire.Refine.Relay.Sigma = 0, "noise");
        yield return Case("relay with noise that is no number", Samples.Refine, wire => wire.Refine.Relay.Sigma = double.NaN, "noise");
        yield return Case("mask without columns", Samples.Refine, wire => wire.Refine.Mask.Width = 0, "mask's size");
        yield return Case("huge mask", Samples.Refine, wire => wire.Refine.Mask.Height = int.MaxValue, "mask's size");
        yield return Case("mask that is cut short", Samples.Refine, wire => wire.Refine.Mask.Bits = ByteString.CopyFrom(0xF0), "one bit for each");
        yield return Case("negative place", Samples.Accepted, wire => wire.Accepted.QueuePlace = -1, "queue");
        yield return Case("more steps than there are", Samples.Progress, wire => wire.Progress.Step = 8, "more steps");
        yield return Case(
            "large preview",
            Samples.Progress,
            wire => wire.Progress.Preview = ByteString.CopyFrom(new byte[MessageBounds.PreviewBytes + 1]),
            "preview");
        yield return Case("no picture", Samples.Result, wire => wire.Result.Picture = ByteString.Empty, "picture is missing");
        yield return Case(
            "unknown picture encoding", Samples.Result, wire => wire.Result.Encoding = (Wire.PictureEncoding)3, "encoding is unknown");
        yield return Case("result's strength", Samples.Result, wire => wire.Result.Strength = double.NegativeInfinity, "strength");
        yield return Case("negative steps", Samples.Result, wire => wire.Result.StepsRun = -1, "steps");
        yield return Case("negative time", Samples.Result, wire => wire.Result.QueueMicroseconds = -1, "time");
        yield return Case("endless time", Samples.Result, wire => wire.Result.ComputeMicroseconds = long.MaxValue, "time");
        yield return Case("time before now", Samples.Error, wire => wire.Error.RetryAfterMicroseconds = long.MinValue, "try again");
        yield return Case("long error", Samples.Error, wire => wire.Error.Text = new string('x', 5000), "5,0");
    }

    private static Message? RoundTrip(Message message) => MessageSerializer.Deserialize(MessageSerializer.Serialize(message), "a peer");

    private static byte[] Change(Message message, Action<Wire.Envelope> change)
    {
        var envelope = MessageMapping.ToWire(message);
        change(envelope);
        return envelope.ToByteArray();
    }

    private static string Json(Message? message) => JsonSerializer.Serialize(message, message!.GetType());
}
