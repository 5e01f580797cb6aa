namespace DiffusionX.Transport.Messages;

/// <summary>
/// The first words of a connection: hello and welcome, or hello and an error. Until they are said no frame is larger than they need.
/// </summary>
internal sealed class Handshake(MessageStream stream, MessageChannelOptions options)
{
    private readonly IConnection connection = stream.Connection;
    private readonly int maxFrameBytes = stream.Connection.MaxFrameBytes;

    /// <summary>Introduces this end to the one that listens.</summary>
    public async Task<Welcome> ConnectAsync(Hello hello, CancellationToken cancellationToken)
    {
        connection.MaxFrameBytes = Math.Min(MessageBounds.HandshakeBytes, maxFrameBytes);
        await stream.SendAsync(hello, cancellationToken).ConfigureAwait(false);
        var welcome = await stream.ReceiveAsync(cancellationToken).ConfigureAwait(false) switch
        {
            Welcome answer => answer,
            Error refusal => throw new HandshakeException($"{connection.Peer} refused the connection: {refusal.Text}", refusal.ToRefusal()),
            { } other => throw new ProtocolException(
                $"{connection.Peer} answered Hello with {other.GetType().Name}; Welcome or Error was expected."),
            null => throw new ConnectionLostException(
                $"{connection.Peer} closed the connection instead of answering Hello. Connect again; if it stays so, the other end "
                + $"may be older than version {ProtocolVersion.Oldest} of the protocol."),
        };
        ThrowIfNotSpoken(welcome.Version, hello);
        connection.MaxFrameBytes = Math.Min(welcome.Limits.MaxFrameBytes, maxFrameBytes);
        return welcome;
    }

    /// <summary>Lets the end that connected in, or turns it away and throws.</summary>
    public async Task<(Hello Hello, Welcome Welcome)> AcceptAsync(Func<Hello, HandshakeReply> answer, CancellationToken cancellationToken)
    {
        connection.MaxFrameBytes = Math.Min(MessageBounds.HandshakeBytes, maxFrameBytes);
        var hello = await ReceiveHelloAsync(cancellationToken).ConfigureAwait(false);
        var version = Math.Min(hello.MaxVersion, options.MaxVersion);
        var reply = FindObjection(hello, version) ?? answer(hello);
        if (reply.Refusal is { } refusal)
        {
            await stream.SendAsync(refusal, cancellationToken).ConfigureAwait(false);
            throw Refused(refusal);
        }

        var welcome = reply.Welcome! with { Version = version };
        welcome = welcome with { Limits = welcome.Limits with { MaxFrameBytes = Math.Min(welcome.Limits.MaxFrameBytes, maxFrameBytes) } };
        await stream.SendAsync(welcome, cancellationToken).ConfigureAwait(false);
        connection.MaxFrameBytes = welcome.Limits.MaxFrameBytes;
        return (hello, welcome);
    }

    private static Error Objection(ErrorCode code, string text) => new() { RequestId = Guid.Empty, Code = code, Text = text };

    private static string Versions(int oldest, int newest) => oldest == newest ? $"version {oldest}" : $"versions {oldest} to {newest}";

    private HandshakeException Refused(Error refusal) => new($"{connection.Peer} was refused: {refusal.Text}", refusal.ToRefusal());

    private async Task<Hello> ReceiveHelloAsync(CancellationToken cancellationToken)
    {
        var frame = await stream.ReceiveFrameAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new ConnectionLostException($"{connection.Peer} closed the connection before it said Hello.");
        if (FirstProtocol.IsHello(frame))
        {
            await stream.SendFrameAsync(FirstProtocol.Refusal(), cancellationToken).ConfigureAwait(false);
            throw Refused(Objection(ErrorCode.VersionMismatch, FirstProtocol.Objection));
        }

        return MessageSerializer.Deserialize(frame, connection.Peer) as Hello
            ?? throw new ProtocolException($"{connection.Peer} began with something else than Hello.");
    }

    private HandshakeReply? FindObjection(Hello hello, int version)
    {
        if (version < options.MinVersion || version < hello.MinVersion)
        {
            return Objection(
                ErrorCode.VersionMismatch,
                $"The client speaks {Versions(hello.MinVersion, hello.MaxVersion)} of the protocol, the server "
                + $"{Versions(options.MinVersion, options.MaxVersion)}. Update the older one.");
        }

        return SharedToken.Matches(options.Token, hello.Token)
            ? null
            : (HandshakeReply)Objection(
                ErrorCode.Unauthorized,
                "The shared token is missing or wrong. Give the client the token that the server was started with.");
    }

    private void ThrowIfNotSpoken(int version, Hello hello)
    {
        if (version < hello.MinVersion || version > hello.MaxVersion)
        {
            throw new HandshakeException(
                $"{connection.Peer} chose version {version} of the protocol; this end speaks "
                + $"{Versions(hello.MinVersion, hello.MaxVersion)}. Update the older one.");
        }
    }
}
