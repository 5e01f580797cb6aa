using DiffusionX.Tests.Transport.Messages;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Transport.Tcp;

[TestFixture]
public sealed class TlsTests
{
    private static readonly TlsOptions ServerTls = new() { Certificate = Certificates.Server };
    private static readonly TlsOptions ClientTls = new() { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server)] };

    [Test]
    public async Task A_self_signed_certificate_is_trusted_by_its_fingerprint()
    {
        await using var link = await Link.OpenTcpAsync(new TcpTransportOptions { Tls = ServerTls }, ClientTls);

        Assert.That(await TryAsync(link), Is.True);
    }

    [Test]
    public async Task The_fingerprint_may_be_in_small_letters()
    {
        var tls = new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server).ToLowerInvariant()] };
        await using var link = await Link.OpenTcpAsync(new TcpTransportOptions { Tls = ServerTls }, tls);

        Assert.That(await TryAsync(link), Is.True);
    }

    [Test]
    public async Task A_certificate_that_nobody_vouches_for_is_refused()
    {
        await using var link = await Link.OpenTcpAsync(new TcpTransportOptions { Tls = ServerTls }, new TlsOptions());

        Assert.That(link.ConnectAsync, Throws.TypeOf<ConnectionFailedException>().With.Message.Contains("TrustedFingerprints"));
    }

    [Test]
    public async Task Another_certificate_than_the_trusted_one_is_refused()
    {
        var tls = new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Stranger)] };
        await using var link = await Link.OpenTcpAsync(new TcpTransportOptions { Tls = ServerTls }, tls);

        Assert.That(link.ConnectAsync, Throws.TypeOf<ConnectionFailedException>());
    }

    [TestCase(-3, -1)]
    [TestCase(1, 3)]
    public async Task A_trusted_certificate_whose_time_is_over_or_has_not_begun_is_refused_unless_it_is_allowed(int fromDays, int toDays)
    {
        using var certificate = Certificates.Create("localhost", TimeSpan.FromDays(fromDays), TimeSpan.FromDays(toDays));
        var listening = new TcpTransportOptions { Tls = new TlsOptions { Certificate = certificate } };
        var trusting = new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(certificate)] };

        await using var strict = await Link.OpenTcpAsync(listening, trusting);
        await using var lenient = await Link.OpenTcpAsync(listening, trusting with { AllowExpired = true });

        Assert.That(
            strict.ConnectAsync,
            Throws.TypeOf<ConnectionFailedException>().With.Message.Contains("time of the other end's certificate is over"));
        Assert.That(await TryAsync(lenient), Is.True);
    }

    [Test]
    public async Task A_client_can_be_asked_for_the_certificate_that_is_trusted()
    {
        var server = ServerTls with { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Client)] };
        await using var link = await Link.OpenTcpAsync(
            new TcpTransportOptions { Tls = server }, ClientTls with { Certificate = Certificates.Client });

        Assert.That(await TryAsync(link), Is.True);
    }

    [Test]
    public async Task A_client_with_another_certificate_or_without_one_is_turned_away([Values] bool shows)
    {
        var server = ServerTls with { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Client)] };
        var client = ClientTls with { Certificate = shows ? Certificates.Stranger : null };
        await using var link = await Link.OpenTcpAsync(new TcpTransportOptions { Tls = server }, client);

        Assert.That(() => TryAsync(link), Throws.InstanceOf<TransportException>());
    }

    [Test]
    public async Task Meeting_has_one_time_TLS_and_handshake_together()
    {
        await using var link = await Link.OpenTcpAsync(new TcpTransportOptions { Tls = ServerTls }, ClientTls);
        var (connecting, listening) = await link.ConnectPairAsync();
        var options = new MessageChannelOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(50), TimeProvider = new FakeTimeProvider() };
        await Task.Delay(options.HandshakeTimeout);

        var accepting = MessageChannel.AcceptAsync(listening, _ => Samples.Welcome, options);

        Assert.That(
            async () => await accepting,
            Throws.TypeOf<ConnectionLostException>(),
            "though the clock stands still since the handshake began");
        await connecting.DisposeAsync();
    }

    [Test]
    public async Task A_plain_client_does_not_get_through_to_a_server_with_TLS()
    {
        await using var link = await Link.OpenTcpAsync(
            new TcpTransportOptions { Tls = ServerTls, ConnectTimeout = TimeSpan.FromMilliseconds(300) });

        Assert.That(() => TryAsync(link), Throws.TypeOf<ConnectionLostException>().Or.TypeOf<ProtocolException>());
    }

    [Test]
    public async Task A_client_with_TLS_gives_up_on_a_plain_server()
    {
        await using var link = await Link.OpenTcpAsync(
            new TcpTransportOptions { ConnectTimeout = TimeSpan.FromMilliseconds(300) }, ClientTls);

        Assert.That(link.ConnectAsync, Throws.TypeOf<ConnectionFailedException>());
    }

    [Test]
    public async Task A_client_that_dawdles_over_TLS_holds_nobody_up_and_is_turned_away_in_time()
    {
        var listening = new TcpTransportOptions { Tls = ServerTls, ConnectTimeout = TimeSpan.FromSeconds(3) };
        await using var link = await Link.OpenTcpAsync(listening, ClientTls);
        await using var dawdler = await new TcpTransport(
            listening with { Port = new Uri(link.Listener.Address).Port, Tls = null }).ConnectAsync();

        Assert.That(await TryAsync(link), Is.True);
        Assert.That(async () => await dawdler.ReceiveAsync(), Throws.TypeOf<ConnectionLostException>());
    }

    [TestCase("")]
    [TestCase("AB:CD")]
    [TestCase("zz00000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_fingerprint_is_refused_before_anything_is_sent(string fingerprint)
    {
        var transport = new TcpTransport(
            new TcpTransportOptions { Port = 1, Tls = new TlsOptions { TrustedFingerprints = [fingerprint] } });

        Assert.That(
            async () => await transport.ConnectAsync(), Throws.TypeOf<TransportException>().With.Message.Contains("64 hexadecimal digits"));
    }

    [Test]
    public void A_server_needs_a_certificate()
    {
        var transport = new TcpTransport(new TcpTransportOptions { Tls = new TlsOptions() });

        Assert.That(async () => await transport.ListenAsync(), Throws.TypeOf<TransportException>().With.Message.Contains("Certificate"));
    }

    private static async Task<bool> TryAsync(Link link)
    {
        await using var connecting = await link.ConnectAsync();
        await connecting.SendAsync(new byte[] { 7 });
        var accepting = link.Listener.AcceptAsync().AsTask();
        var answering = connecting.ReceiveAsync().AsTask();
        if (await Task.WhenAny(accepting, answering) == answering)
        {
            Assert.That(await answering, Is.Not.Null, "it was closed before it was let in");
        }

        await using var listening = await accepting;
        return await listening.ReceiveAsync() is [7];
    }
}
