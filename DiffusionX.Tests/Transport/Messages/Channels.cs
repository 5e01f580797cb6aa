using DiffusionX.Tests.Sessions;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Transport.Messages;

/// <summary>Two ends of a link that have shaken hands.</summary>
internal sealed record Channels(MessageChannel Client, MessageChannel Server) : IAsyncDisposable
{
    public static async Task<Channels> OpenAsync(Link link, MessageChannelOptions? client = null, MessageChannelOptions? server = null)
    {
        var (connecting, listening) = await link.ConnectPairAsync();
        return await OpenAsync(connecting, listening, client, server);
    }

    public static async Task<Channels> OpenAsync(
        IConnection connecting, IConnection listening, MessageChannelOptions? client = null, MessageChannelOptions? server = null)
    {
        var accepting = MessageChannel.AcceptAsync(listening, _ => Samples.Welcome, server);
        var (channel, _) = await MessageChannel.ConnectAsync(connecting, Samples.Hello, client);
        return new Channels(channel, await accepting.WaitAsync(Eventually.Limit));
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
