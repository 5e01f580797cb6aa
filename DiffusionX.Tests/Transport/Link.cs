using DiffusionX.Tests.Sessions;
using DiffusionX.Tests.Transport.Tcp;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Tests.Transport;

/// <summary>A transport of some kind with its listener, and connections over it.</summary>
internal sealed class Link : IAsyncDisposable
{
    private Link(ITransport transport, IConnectionListener listener)
    {
        Transport = transport;
        Listener = listener;
    }

    public ITransport Transport { get; }

    public IConnectionListener Listener { get; }

    public static async Task<Link> OpenAsync(LinkKind kind)
    {
        var link = kind switch
        {
            LinkKind.InMemory or LinkKind.ThrottledInMemory => await OpenAsync(new InMemoryTransport()),
            LinkKind.Tcp => await OpenTcpAsync(new TcpTransportOptions(), null),
            _ => await OpenTcpAsync(
                new TcpTransportOptions { Tls = new TlsOptions { Certificate = Certificates.Server } },
                new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server)] }),
        };
        return kind is LinkKind.ThrottledInMemory or LinkKind.ThrottledTls
            ? new Link(new ThrottledTransport(link.Transport, LinkProfile.Unlimited), link.Listener)
            : link;
    }

    public static async Task<Link> OpenAsync(ITransport transport) => new(transport, await transport.ListenAsync());

    public static async Task<Link> OpenTcpAsync(TcpTransportOptions listening, TlsOptions? connectingTls = null)
    {
        var listener = await new TcpTransport(listening).ListenAsync();
        var connecting = listening with { Port = new Uri(listener.Address).Port, Tls = connectingTls };
        return new Link(new TcpTransport(connecting), listener);
    }

    public async Task<IConnection> ConnectAsync() => await Transport.ConnectAsync();

    public async Task<(IConnection Connecting, IConnection Listening)> ConnectPairAsync()
    {
        var accepting = Listener.AcceptAsync().AsTask();
        return (await Transport.ConnectAsync(), await accepting.WaitAsync(Eventually.Limit));
    }

    public ValueTask DisposeAsync() => Listener.DisposeAsync();
}
