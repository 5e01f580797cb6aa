using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DiffusionX.Tests.Sessions;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Transport.Messages;

/// <summary>What strangers may send. Each gets one answer in words of ours, or none, and the server goes on.</summary>
[TestFixture]
internal sealed class HostileClientTests
{
    // Ended version 1 of the server: MemoryPack took a negative number for a length.
    private const string Crash =
        "45000000000804040E0404041009010000000100000000000080000000004D41524B455200000000000000000000000000000000000000000000000000000000"
        + "FEFFFFFF0100000063";

    // An object with one more member than it should have, which made MemoryPack's reader go backwards, and so tell of others' prompts.
    private static readonly string Backwards =
        "9B020000020E1013040804100884190204100101090146BFA49CCFDB554BA5605BCE4DB29BACF4FFFFFF0B000000612072656420686F75736500000000000000"
        + "0000000040020000000100000000000000000000000000E03F0000000000000000060104040484040282006CCA8800040000000800000008000000000200"
        + new string('0', 1070) + "FEFFFFFF0100000074FF";

    private static readonly byte[] Hello = MessageSerializer.Serialize(Samples.Hello);
    private static readonly byte[] Refine = MessageSerializer.Serialize(Samples.Refine);

    public enum Answer
    {
        /// <summary>An error that says that the message is malformed, then the end.</summary>
        Malformed,

        /// <summary>An error in the words of version 1, then the end.</summary>
        TooOld,

        /// <summary>The end, without a word.</summary>
        None,

        /// <summary>Nothing; the connection goes on.</summary>
        GoesOn,
    }

    private Link link = null!;
    private MessageServer server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        link = await Link.OpenAsync(LinkKind.Tcp);
        server = new MessageServer(link);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await server.DisposeAsync();
        await link.DisposeAsync();
    }

    [TestCaseSource(nameof(BeforeTheHandshake))]
    public async Task Before_the_handshake(byte[] wire, Answer answer)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(wire);

        await AssertAnswerAsync(client, answer);
        Assert.That(await AskAsync(), Is.TypeOf<Result>(), "the server goes on");
    }

    [TestCaseSource(nameof(AfterTheHandshake))]
    public async Task After_the_handshake(byte[] wire, Answer answer)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(Frame(Hello));
        Assert.That(await ReceiveAsync(client), Is.TypeOf<Welcome>());
        await client.SendAsync(wire);

        await AssertAnswerAsync(client, answer);
        Assert.That(await AskAsync(), Is.TypeOf<Result>(), "the server goes on");
    }

    [Test]
    public async Task Of_320_idle_sockets_none_keeps_a_good_client_out()
    {
        var idle = new List<Socket>();
        for (var i = 0; i < 320; i++)
        {
            idle.Add(await ConnectAsync());
        }

        Assert.That(await AskAsync(), Is.TypeOf<Result>());
        idle.ForEach(socket => socket.Dispose());
    }

    [Test]
    public async Task Of_300_dawdlers_over_TLS_none_keeps_a_good_client_out()
    {
        await using var tls = await Link.OpenAsync(LinkKind.Tls);
        await using var secured = new MessageServer(tls);
        var dawdlers = new List<Socket>();
        for (var i = 0; i < 300; i++)
        {
            dawdlers.Add(await ConnectAsync(tls.Listener));
            await dawdlers[^1].SendAsync(new byte[] { 0x16, 0x03, 0x01 });
        }

        Assert.That(await AskAsync(tls), Is.TypeOf<Result>());
        dawdlers.ForEach(socket => socket.Dispose());
    }

    [Test]
    public async Task Of_64_clients_that_send_all_but_the_end_of_the_largest_frame_none_holds_up_a_good_one()
    {
        await using var small = await Link.OpenTcpAsync(new TcpTransportOptions { MaxBytesInFlight = 8 << 20 });
        await using var budgeted = new MessageServer(small);
        var largest = new byte[FrameSize.PrefixBytes + (4 << 20)];
        BinaryPrimitives.WriteInt32LittleEndian(largest, largest.Length);
        var greedy = new List<Socket>();
        for (var i = 0; i < 64; i++)
        {
            greedy.Add(await ConnectAsync(small.Listener));
            await greedy[^1].SendAsync(Frame(Hello));
            await ReceiveAsync(greedy[^1]);
            _ = greedy[^1].SendAsync(largest);
        }

        Assert.That(await AskAsync(small), Is.TypeOf<Result>());
        greedy.ForEach(socket => socket.Dispose());
    }

    private static IEnumerable<TestCaseData> BeforeTheHandshake()
    {
        yield return Case("77 bytes that ended version 1", Convert.FromHexString(Crash), Answer.TooOld);
        yield return Case("the object that went backwards", Convert.FromHexString(Backwards), Answer.Malformed);
        yield return Case("nothing", [], Answer.None);
        yield return Case("half a length", [1, 0], Answer.None);
        yield return Case("a close", [0, 0, 0, 0], Answer.None);
        yield return Case("a length and no more", [100, 0, 0, 0], Answer.None);
        yield return Case("a byte more than a Hello takes", [0x01, 0x10, 0, 0], Answer.Malformed);
        yield return Case("a negative length", [0, 0, 0, 0x80], Answer.Malformed);
        yield return Case("the longest length", [0xFF, 0xFF, 0xFF, 0xFF], Answer.Malformed);
        yield return Case("HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Answer.Malformed);
        yield return Case("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Answer.Malformed);
        yield return Case("TLS", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03], Answer.Malformed);
        yield return Case("SSH", "SSH-2.0-OpenSSH_9.6\r\n"u8.ToArray(), Answer.Malformed);
        yield return Case("an unknown kind", Frame(Envelope(99, [1, 2, 3])), Answer.Malformed);
        yield return Case("a Ping", Frame(MessageSerializer.Serialize(new Ping { Number = 1 })), Answer.Malformed);
        yield return Case("a request", Frame(Refine), Answer.Malformed);
        yield return Case("a Welcome", Frame(MessageSerializer.Serialize(Samples.Welcome)), Answer.Malformed);
        yield return Case("a Hello whose fields are of other types", Frame(Envelope(1, [0x0A, 1, 1, 0x10, 2])), Answer.Malformed);
        yield return Case(
            "a Hello with a token that is no UTF-8", Frame(Envelope(1, [0x08, 2, 0x10, 2, 0x1A, 2, 0xC3, 0x28])), Answer.Malformed);
        yield return Case(
            "a Hello with a token beyond its end", Frame(Envelope(1, [0x08, 2, 0x10, 2, 0x1A, 0x7F, 0x41])), Answer.Malformed);
        yield return Case(
            "a Hello with a token of 2 GB", Frame(Envelope(1, [0x08, 2, 0x10, 2, 0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])), Answer.Malformed);
        yield return Case(
            "a Hello with a token of a negative length",
            Frame(Envelope(1, [0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])),
            Answer.Malformed);
        yield return Case("an empty Hello", Frame(Envelope(1, [])), Answer.Malformed);
        yield return Case("two Hellos in one frame", Frame([.. Hello, .. Hello]), Answer.Malformed);
        yield return Case(
            "a thousand frames at once", [.. Enumerable.Repeat(Frame([1]), 1000).SelectMany(frame => frame)], Answer.Malformed);
    }

    private static IEnumerable<TestCaseData> AfterTheHandshake()
    {
        yield return Case("77 bytes that ended version 1", Convert.FromHexString(Crash), Answer.Malformed);
        yield return Case("the object that went backwards", Convert.FromHexString(Backwards), Answer.Malformed);
        yield return Case("nothing", [], Answer.None);
        yield return Case("a close", [0, 0, 0, 0], Answer.None);
        yield return Case("half a frame", Frame(Refine)[..50], Answer.None);
        yield return Case("a negative length", [0, 0, 0, 0x80], Answer.Malformed);
        yield return Case("more than the largest frame", LengthOf(Samples.Welcome.Limits.MaxFrameBytes + 1), Answer.Malformed);
        yield return Case("field 0", Frame([0x02, 0]), Answer.Malformed);
        yield return Case("a number in place of a message", Frame([0x08, 0x01]), Answer.Malformed);
        yield return Case("a group", Frame([0x1B, 0x1C]), Answer.Malformed);
        yield return Case("a wire type that there is not", Frame([0x1F, 0x01]), Answer.Malformed);
        yield return Case(
            "a tag that does not end", Frame([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), Answer.Malformed);
        yield return Case("a length beyond the frame", Frame([0x1A, 0x7F, 1, 2, 3]), Answer.Malformed);
        yield return Case("a length of 2 GB", Frame([0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]), Answer.Malformed);
        yield return Case(
            "a negative length inside", Frame([0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]), Answer.Malformed);
        yield return Case("a length short of the frame", Frame([0x1A, 0x00, 1, 2, 3]), Answer.Malformed);
        yield return Case("an empty request", Frame(Envelope(3, [])), Answer.Malformed);
        yield return Case("a request that is cut short", Frame(Envelope(3, Refine[3..^5])), Answer.Malformed);
        yield return Case("an id of one byte", Frame(Envelope(8, [0x0A, 1, 7])), Answer.Malformed);
        yield return Case("an id of zeros", Frame(Envelope(8, [0x0A, 16, .. new byte[16]])), Answer.Malformed);
        yield return Case("groups in groups", Frame(Envelope(3, [.. Enumerable.Repeat((byte)0x7B, 4000)])), Answer.Malformed);
        yield return Case("a group that nobody opened", Frame(Envelope(3, [0x7C])), Answer.Malformed);
        yield return Case("messages in messages", Frame(Envelope(3, Nested(depth: 300))), Answer.Malformed);
        yield return Case("a draft of a negative length", Frame(Envelope(3, [0x42, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F])), Answer.Malformed);
        yield return Case(
            "a large Cancel", Frame(Envelope(8, [0x0A, 16, .. new byte[16], 0x7A, 0x80, 0x28, .. new byte[5120]])), Answer.Malformed);
        yield return Case("a second Hello", Frame(Hello), Answer.Malformed);
        yield return Case("a Welcome", Frame(MessageSerializer.Serialize(Samples.Welcome)), Answer.Malformed);
        yield return Case("a result", Frame(MessageSerializer.Serialize(Samples.Result)), Answer.Malformed);
        yield return Case("progress", Frame(MessageSerializer.Serialize(Samples.Progress)), Answer.Malformed);
        yield return Case("a place in the queue", Frame(MessageSerializer.Serialize(Samples.Accepted)), Answer.Malformed);
        yield return Case("HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Answer.Malformed);
        yield return Case("an unknown kind", Frame(Envelope(99, [1, 2, 3])), Answer.GoesOn);
        yield return Case("the last kind that there can be", Frame([0xFA, 0xFF, 0xFF, 0xFF, 0x0F, 1, 0]), Answer.GoesOn);
        yield return Case(
            "a thousand unknown kinds", [.. Enumerable.Repeat(Frame(Envelope(99, [])), 1000).SelectMany(frame => frame)], Answer.GoesOn);
        yield return Case("a Cancel of what is not there", Frame(MessageSerializer.Serialize(Samples.Cancel)), Answer.GoesOn);
        yield return Case("an error", Frame(MessageSerializer.Serialize(Samples.Error)), Answer.GoesOn);
        yield return Case("a Pong that nobody asked for", Frame(MessageSerializer.Serialize(new Pong { Number = -1 })), Answer.GoesOn);
        yield return Case(
            "a thousand Pings",
            [.. Enumerable.Repeat(Frame(MessageSerializer.Serialize(new Ping { Number = 1 })), 1000).SelectMany(frame => frame)],
            Answer.GoesOn);
        yield return Case("a request with unknown fields", Frame(Envelope(3, [.. Refine[3..], 0xFA, 0x7D, 3, 1, 2, 3])), Answer.GoesOn);
    }

    private static TestCaseData Case(string name, byte[] wire, Answer answer) => new TestCaseData(wire, answer).SetArgDisplayNames(name);

    private static byte[] LengthOf(int bytes)
    {
        var length = new byte[FrameSize.PrefixBytes];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes);
        return length;
    }

    private static byte[] Frame(byte[] content) => [.. LengthOf(content.Length), .. content];

    private static byte[] Envelope(int kind, byte[] message)
    {
        var tag = (kind << 3) | 2;
        byte[] tagBytes = tag < 128 ? [(byte)tag] : [(byte)(tag | 0x80), (byte)(tag >> 7)];
        return [.. tagBytes, .. Length(message.Length), .. message];
    }

    private static byte[] Length(int bytes) => bytes < 128 ? [(byte)bytes] : [(byte)(bytes | 0x80), (byte)(bytes >> 7)];

    // A draft in a draft in a draft: a field of the right kind with an honest length, all the way down.
    private static byte[] Nested(int depth)
    {
        byte[] inner = [];
        for (var i = 0; i < depth; i++)
        {
            inner = [0x42, .. Length(inner.Length), .. inner];
        }

        return inner;
    }

    private static async Task<Socket> ConnectAsync(IConnectionListener listener)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(listener.Address).Port);
        return socket;
    }

    private static async Task<object> AskAsync(Link link)
    {
        var (channel, _) = await MessageChannel.ConnectAsync(await link.ConnectAsync(), Samples.Hello);
        await using (channel)
        {
            await channel.SendAsync(Samples.Refine);
            Assert.That(await channel.ReceiveAsync().AsTask().WaitAsync(Eventually.Limit), Is.TypeOf<Accepted>());
            return (await channel.ReceiveAsync().AsTask().WaitAsync(Eventually.Limit))!;
        }
    }

    private static async Task AssertAnswerAsync(Socket client, Answer answer)
    {
        switch (answer)
        {
            case Answer.Malformed:
                var error = (Error)(await ReceiveAsync(client))!;
                Assert.That((error.RequestId, error.Code), Is.EqualTo((Guid.Empty, ErrorCode.MalformedMessage)));
                Assert.That(error.Text, Does.Not.Contain("rotocol message").And.Not.Contain("MARKER").And.Not.Contain("Exception"));
                await AssertEndAsync(client);
                break;
            case Answer.TooOld:
                var told = await ReceiveFrameAsync(client);
                Assert.That(Encoding.ASCII.GetString(told!), Does.Contain(FirstProtocol.Objection).And.Not.Contain("MARKER"));
                await AssertEndAsync(client);
                break;
            case Answer.None:
                client.Shutdown(SocketShutdown.Send);
                await AssertEndAsync(client);
                break;
            default:
                await client.SendAsync(Frame(Refine));
                Assert.That(await ReceiveBesidesPongsAsync(client), Is.TypeOf<Accepted>());
                break;
        }
    }

    private static async Task AssertEndAsync(Socket client)
    {
        try
        {
            Assert.That(await ReceiveFrameAsync(client), Is.Null.Or.Empty);
        }
        catch (SocketException)
        {
            // Cut.
        }
    }

    private static async Task<Message?> ReceiveBesidesPongsAsync(Socket client)
    {
        while (true)
        {
            var message = await ReceiveAsync(client);
            if (message is not Pong)
            {
                return message;
            }
        }
    }

    private static async Task<Message?> ReceiveAsync(Socket client) =>
        MessageSerializer.Deserialize(await ReceiveFrameAsync(client), "the server");

    private static async Task<byte[]?> ReceiveFrameAsync(Socket client)
    {
        var length = await ReceiveAsync(client, FrameSize.PrefixBytes);
        return length is null ? null : await ReceiveAsync(client, BinaryPrimitives.ReadInt32LittleEndian(length));
    }

    private static async Task<byte[]?> ReceiveAsync(Socket client, int count)
    {
        var bytes = new byte[count];
        for (var received = 0; received < count;)
        {
            var more = await client.ReceiveAsync(bytes.AsMemory(received)).AsTask().WaitAsync(Eventually.Limit);
            if (more == 0)
            {
                return null;
            }

            received += more;
        }

        return bytes;
    }

    private Task<Socket> ConnectAsync() => ConnectAsync(link.Listener);

    private Task<object> AskAsync() => AskAsync(link);
}
