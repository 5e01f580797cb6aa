using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Transport.Messages;

[TestFixture(LinkKind.InMemory)]
[TestFixture(LinkKind.Tls)]
public sealed class HandshakeTests(LinkKind kind) : ConnectedPairTests(kind)
{
    [Test]
    public async Task Each_end_learns_what_the_other_one_said()
    {
        await using var channels = await Channels.OpenAsync(Connecting, Listening);

        Assert.Multiple(() =>
        {
            Assert.That(channels.Server.Hello, Is.EqualTo(Samples.Hello));
            Assert.That(channels.Client.Welcome, Is.EqualTo(channels.Server.Welcome));
            Assert.That(channels.Client.Welcome, Is.EqualTo(Samples.Welcome with { Version = ProtocolVersion.Newest }));
        });
    }

    [TestCase(1, 3, 2, 5, 3)]
    [TestCase(2, 5, 1, 3, 3)]
    [TestCase(1, 9, 4, 4, 4)]
    [TestCase(2, 2, 2, 2, 2)]
    public async Task Peers_speak_the_newest_version_that_both_know(int clientMin, int clientMax, int serverMin, int serverMax, int spoken)
    {
        var accepting = AcceptAsync(new MessageChannelOptions { MinVersion = serverMin, MaxVersion = serverMax });

        var (channel, welcome) = await MessageChannel.ConnectAsync(
            Connecting, Samples.Hello with { MinVersion = clientMin, MaxVersion = clientMax });

        Assert.That(welcome.Version, Is.EqualTo(spoken));
        await channel.DisposeAsync();
        await (await accepting).DisposeAsync();
    }

    [TestCase(1, 2, 3, 4)]
    [TestCase(3, 4, 1, 2)]
    public async Task Peers_that_share_no_version_get_an_error_that_names_both(int clientMin, int clientMax, int serverMin, int serverMax)
    {
        var accepting = AcceptAsync(new MessageChannelOptions { MinVersion = serverMin, MaxVersion = serverMax });
        var connect = MessageChannel.ConnectAsync(Connecting, Samples.Hello with { MinVersion = clientMin, MaxVersion = clientMax });

        var (client, server) = (await RefusedAsync(connect), await RefusedAsync(accepting));

        Assert.Multiple(() =>
        {
            Assert.That(client.Refusal!.Code, Is.EqualTo(ErrorCode.VersionMismatch));
            Assert.That(
                client.Message, Does.Contain($"versions {clientMin} to {clientMax}").And.Contain($"versions {serverMin} to {serverMax}"));
            Assert.That(
                server.Message, Does.Contain($"versions {clientMin} to {clientMax}").And.Contain($"versions {serverMin} to {serverMax}"));
        });
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("s3crets")]
    [TestCase("S3cret")]
    public async Task A_wrong_token_is_refused_before_anybody_is_asked(string? token)
    {
        var asked = false;
        var accepting = MessageChannel.AcceptAsync(
            Listening,
            _ =>
            {
                asked = true;
                return Samples.Welcome;
            },
            new MessageChannelOptions { Token = "s3cret" });

        var refusal = await RefusedAsync(MessageChannel.ConnectAsync(Connecting, Samples.Hello with { Token = token }));

        await RefusedAsync(accepting);
        Assert.That(refusal.Refusal!.Code, Is.EqualTo(ErrorCode.Unauthorized));
        Assert.That(refusal.Message, Does.Not.Contain("s3cret"));
        Assert.That(asked, Is.False);
    }

    [Test]
    public async Task The_right_token_lets_in()
    {
        await using var channels = await Channels.OpenAsync(
            Connecting, Listening, server: new MessageChannelOptions { Token = Samples.Hello.Token });

        Assert.That(channels.Server.Hello.Token, Is.EqualTo(Samples.Hello.Token));
    }

    [Test]
    public async Task The_server_can_refuse_and_say_when_to_come_back()
    {
        var full = Samples.Error with { RequestId = Guid.Empty };
        var accepting = MessageChannel.AcceptAsync(Listening, _ => full);

        var refusal = await RefusedAsync(MessageChannel.ConnectAsync(Connecting, Samples.Hello));

        await RefusedAsync(accepting);
        Assert.That(refusal.Refusal, Is.EqualTo(full.ToRefusal()));
        Assert.That(refusal.Message, Does.Contain(full.Text));
    }

    [Test]
    public async Task The_smaller_bound_of_frames_holds_at_both_ends()
    {
        Listening.MaxFrameBytes = 5000;

        await using var channels = await Channels.OpenAsync(Connecting, Listening);

        Assert.That(channels.Client.Limits.MaxFrameBytes, Is.EqualTo(5000));
        Assert.That(Connecting.MaxFrameBytes, Is.EqualTo(5000));
    }

    [Test]
    public async Task A_stranger_can_not_make_a_server_take_a_large_frame()
    {
        var accepting = AcceptAsync();
        var sending = Connecting.SendAsync(new byte[100_000]).AsTask();

        Assert.That(async () => await accepting, Throws.TypeOf<ProtocolException>().With.Message.Contains("100,000 bytes"));
        await Task.WhenAny(sending);
    }

    [TestCase("08", TestName = "What_begins_with_no_message_is_told_so_and_left")]
    [TestCase("1A03010203", TestName = "What_begins_with_a_broken_message_is_told_so_and_left")]
    [TestCase("4A09090700000000000000", TestName = "What_begins_with_a_Ping_is_told_so_and_left")]
    [TestCase("9A0603010203", TestName = "What_begins_with_an_unknown_kind_is_told_so_and_left")]
    public async Task What_is_no_Hello_is_told_so_and_left(string frame)
    {
        var accepting = AcceptAsync();
        await Connecting.SendAsync(Convert.FromHexString(frame));

        Assert.That(async () => await accepting, Throws.TypeOf<ProtocolException>());
        var answer = MessageSerializer.Deserialize(await Connecting.ReceiveAsync(), "the server");
        Assert.That(answer, Is.TypeOf<Error>().With.Property(nameof(Error.Code)).EqualTo(ErrorCode.MalformedMessage));
        Assert.That(await Connecting.ReceiveAsync(), Is.Null);
    }

    [Test]
    public async Task A_client_of_version_1_is_told_in_its_own_words_that_it_is_too_old()
    {
        var accepting = AcceptAsync();
        await Connecting.SendAsync(Convert.FromHexString(
            "000804040E0B0C0E100F0100000001000000F9FFFFFF06000000733363726574FCFFFFFF03000000766165FBFFFFFF04000000636C6970"
            + "F9FFFFFF060000006C696E6561725BAD8F0FCBD99F46A16570867728950EF8FFFFFF07000000612070686F6E65"));

        Assert.That((await RefusedAsync(accepting)).Refusal!.Code, Is.EqualTo(ErrorCode.VersionMismatch));
        var answer = await Connecting.ReceiveAsync();
        Assert.That(
            answer![..24],
            Is.EqualTo(Convert.FromHexString("060510015D011000000000000000000000000000000000" + "01")),
            "kind, the fields' lengths, an empty id, the code");
        Assert.That(
            System.Text.Encoding.ASCII.GetString(answer[32..^17]),
            Is.EqualTo("The client speaks version 1 of the protocol, the server version 2. Update the client."));
        Assert.That(await Connecting.ReceiveAsync(), Is.Null);
    }

    [Test]
    public async Task A_stranger_is_not_listened_to_beyond_what_a_Hello_takes()
    {
        var accepting = AcceptAsync();
        await Connecting.SendAsync(new byte[MessageBounds.HandshakeBytes + 1]);

        Assert.That(async () => await accepting, Throws.TypeOf<ProtocolException>().With.Message.Contains("4,097 bytes"));
    }

    [Test]
    public void A_peer_that_says_nothing_is_left_in_time()
    {
        var impatient = new MessageChannelOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(100) };

        Assert.That(() => AcceptAsync(impatient), Throws.TypeOf<ConnectionLostException>().With.Message.Contains("0.1 s"));
        Assert.That(async () => await Connecting.ReceiveAsync(), Throws.TypeOf<ConnectionLostException>());
    }

    [Test]
    public async Task A_server_that_closes_instead_of_answering_is_lost()
    {
        var connect = MessageChannel.ConnectAsync(Connecting, Samples.Hello);
        await Listening.ReceiveAsync();
        await Listening.DisposeAsync();

        Assert.That(async () => await connect, Throws.TypeOf<ConnectionLostException>());
    }

    [Test]
    public void Settings_that_make_no_sense_are_refused_when_they_are_used()
    {
        MessageChannelOptions[] settings =
        [
            new() { MinVersion = 3, MaxVersion = 2 },
            new() { HandshakeTimeout = TimeSpan.Zero },
            new() { PingEvery = TimeSpan.Zero },
            new() { IdleTimeout = TimeSpan.FromSeconds(-1) },
        ];

        foreach (var options in settings)
        {
            Assert.That(
                () => MessageChannel.ConnectAsync(Connecting, Samples.Hello, options),
                Throws.TypeOf<TransportException>(),
                options.ToString());
        }
    }

    private static async Task<HandshakeException> RefusedAsync(Task handshake) =>
        (await Assert.ThrowsAsync<HandshakeException>(() => handshake))!;

    private Task<MessageChannel> AcceptAsync(MessageChannelOptions? options = null) =>
        MessageChannel.AcceptAsync(Listening, _ => Samples.Welcome, options);
}
