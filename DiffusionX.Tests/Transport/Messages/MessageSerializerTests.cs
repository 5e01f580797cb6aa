using System.Text.Json;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using MemoryPack;

namespace DiffusionX.Tests.Transport.Messages;

[TestFixture]
public sealed class MessageSerializerTests
{
    private const byte PingKind = 8;

    [Test]
    public void Every_message_comes_back_as_it_was([ValueSource(typeof(Samples), nameof(Samples.All))] Message message)
    {
        var back = MessageSerializer.Deserialize(MessageSerializer.Serialize(message), "a peer");

        Assert.That(Json(back), Is.EqualTo(Json(message)));
    }

    [Test]
    public void Every_kind_has_its_number_which_is_the_first_byte()
    {
        var kinds = typeof(Message).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Message)) && !type.IsAbstract);

        Assert.That(Samples.All.Select(message => message.GetType()), Is.EquivalentTo(kinds));
        Assert.That(Samples.All.Select(message => (int)MessageSerializer.Serialize(message)[0]), Is.EqualTo(Enumerable.Range(0, Samples.All.Count)));
    }

    [Test]
    public void A_request_costs_little_more_than_its_draft_and_prompt()
    {
        var content = Samples.Draft.Bytes.Length + System.Text.Encoding.UTF8.GetByteCount(Samples.Refine.Prompt + Samples.Refine.TraceParent);

        Assert.That(MessageSerializer.Serialize(Samples.Refine).Length - content, Is.LessThan(200));
    }

    [Test]
    public void Unknown_kinds_are_skipped()
    {
        var messages = Enumerable.Range(Samples.All.Count, 256 - Samples.All.Count).Select(kind => MessageSerializer.Deserialize([(byte)kind, 1, 2, 3], "a peer"));

        Assert.That(messages, Has.All.Null);
    }

    [Test]
    public void Fields_that_a_newer_peer_adds_are_skipped()
    {
        byte[] frame = [PingKind, .. MemoryPackSerializer.Serialize(new NewerPing { Number = 6, Mood = "curious" })];

        Assert.That(MessageSerializer.Deserialize(frame, "a peer"), Is.EqualTo(new Ping { Number = 6 }));
    }

    [Test]
    public void Error_codes_that_a_newer_peer_adds_arrive_as_unknown()
    {
        var back = MessageSerializer.Deserialize(MessageSerializer.Serialize(Samples.Error with { Code = (ErrorCode)200 }), "a peer");

        Assert.That(back, Is.EqualTo(Samples.Error with { Code = ErrorCode.Unknown }));
    }

    [Test]
    public void A_frame_that_is_cut_short_or_goes_on_is_malformed([ValueSource(typeof(Samples), nameof(Samples.All))] Message message)
    {
        var frame = MessageSerializer.Serialize(message);

        for (var bytes = 0; bytes < frame.Length; bytes++)
        {
            Assert.That(() => MessageSerializer.Deserialize(frame.AsSpan(0, bytes), "a peer"), Throws.TypeOf<ProtocolException>(), $"{bytes} bytes");
        }

        Assert.That(() => MessageSerializer.Deserialize([.. frame, 0], "a peer"), Throws.TypeOf<ProtocolException>().With.Message.StartsWith("a peer"));
    }

    [Test]
    public void A_message_that_makes_no_sense_is_malformed_and_the_error_says_why()
    {
        (Message Message, string Why)[] messages =
        [
            (Samples.Refine with { RequestId = Guid.Empty }, "no id"),
            (Samples.Refine with { Prompt = null! }, "prompt is missing"),
            (Samples.Refine with { Draft = null! }, "draft is missing"),
            (Samples.Refine with { Draft = Samples.Draft with { Bytes = null! } }, "no bytes"),
            (Samples.Refine with { Draft = Samples.Draft with { Width = -1 } }, "no size"),
            (Samples.Refine with { Draft = Samples.Draft with { Encoding = (DraftEncoding)77 } }, "encoding is unknown"),
            (Samples.Refine with { Strength = double.NaN }, "strength"),
            (Samples.Refine with { GuidanceScale = double.PositiveInfinity }, "guidance"),
            (Samples.Refine with { Steps = 0 }, "steps"),
            (Samples.Refine with { DeadlineSeconds = -1 }, "deadline"),
            (Samples.Refine with { ResultEncoding = (PictureEncoding)9 }, "encoding is unknown"),
            (Samples.Result with { Picture = null! }, "picture is missing"),
            (Samples.Result with { QueueSeconds = double.NaN }, "time is less"),
            (Samples.Error with { Text = null! }, "text is missing"),
            (Samples.Error with { RetryAfterSeconds = -1 }, "try again"),
            (Samples.Hello with { Client = null! }, "name is missing"),
            (Samples.Welcome with { MaxFrame = 0 }, "limit"),
            (new Accepted { RequestId = Samples.Id, QueuePlace = -1 }, "queue"),
            (new Progress { RequestId = Samples.Id, Step = 3, Steps = 2 }, "more steps"),
        ];

        foreach (var (message, why) in messages)
        {
            var frame = MessageSerializer.Serialize(message);
            Assert.That(() => MessageSerializer.Deserialize(frame, "a peer"), Throws.TypeOf<ProtocolException>().With.Message.Contains(why), why);
        }
    }

    [Test]
    public void Mutated_frames_give_a_message_or_our_error_and_take_no_more_memory_than_they_are_worth([Range(0, 19)] int seed)
    {
        var random = new Random(seed);
        var frames = Samples.All.Select(MessageSerializer.Serialize).ToArray();

        for (var i = 0; i < 1000; i++)
        {
            AssertHarmless(Mutate(frames[random.Next(frames.Length)], random));
        }
    }

    [Test]
    public void Random_frames_give_a_message_or_our_error_and_take_no_more_memory_than_they_are_worth([Range(0, 19)] int seed)
    {
        var random = new Random(seed);

        for (var i = 0; i < 1000; i++)
        {
            var frame = new byte[1 + random.Next(300)];
            random.NextBytes(frame);
            frame[0] = (byte)random.Next(Samples.All.Count);
            AssertHarmless(frame);
        }
    }

    [Test]
    public void Neither_the_token_nor_prompts_are_in_what_a_log_would_show()
    {
        Assert.That(Samples.Hello.ToString(), Does.Contain("a phone").And.Not.Contain("s3cret"));
        Assert.That(Samples.Refine.ToString(), Does.Not.Contain("house").And.Not.Contain("blurry"));
    }

    private static void AssertHarmless(byte[] frame)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Exception? failure = null;
        try
        {
            MessageSerializer.Deserialize(frame, "a peer");
        }
        catch (Exception error)
        {
            failure = error;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(failure, Is.Null.Or.TypeOf<ProtocolException>(), Convert.ToHexString(frame));
        Assert.That(allocated, Is.LessThan(64_000 + (10 * frame.Length)), Convert.ToHexString(frame));
    }

    private static byte[] Mutate(byte[] frame, Random random)
    {
        var mutated = frame.ToArray();
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            mutated[random.Next(1, mutated.Length)] = random.Next(3) switch
            {
                0 => 0xFF,
                1 => 0x7F,
                _ => (byte)random.Next(256),
            };
        }

        return random.Next(4) == 0 ? mutated[..random.Next(1, mutated.Length)] : mutated;
    }

    private static string Json(Message? message) => JsonSerializer.Serialize(message, message!.GetType());
}
