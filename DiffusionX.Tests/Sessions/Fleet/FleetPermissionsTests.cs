using DiffusionX.Tests.Cli;
using DiffusionX.Tests.Reference;
using DiffusionX.Tests.Transport.Tcp;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>The least that deploy/nats.conf lets gateways and workers do is enough for them, and they come over TLS.</summary>
[NonParallelizable]
public sealed class FleetPermissionsTests
{
    [Test]
    public async Task Gateways_and_workers_need_no_more_than_the_deployed_configuration_lets_them()
    {
        var settings = (await File.ReadAllTextAsync(Path.Combine(ReferenceFolder.ProjectRoot, "deploy", "nats.conf")))
            .Replace("port: 4222", "", StringComparison.Ordinal)
            .Replace("http_port: 8222", "", StringComparison.Ordinal)
            .Replace("http_", "", StringComparison.Ordinal)
            .Replace("/data", "FILES", StringComparison.Ordinal)
            .Replace("$GATEWAY_PASSWORD", "one", StringComparison.Ordinal)
            .Replace("$WORKER_PASSWORD", "two", StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        var certificate = NatsServer.Certify(folder, Certificates.Server, "server");
        using var nats = await NatsServer.StartAsync($"{settings}\ntls {{ cert_file: \"{certificate}.pem\", key_file: \"{certificate}.key\" }}");
        string[] As(string user) => ["--nats", nats.TlsUrl.Replace("//", $"//{user}@", StringComparison.Ordinal), "--nats-ca", $"{certificate}.pem"];
        using var worker = await FleetProcess.StartAsync(["worker", .. As("worker:two"), "--model", SessionModels.Folder, "--monitoring", "none", "--max-batch", "1"]);
        using var gateway = await FleetProcess.StartAsync(["gateway", .. As("gateway:one"), "--listen", "tcp://127.0.0.1:0", "--monitoring", "none"]);
        var link = new TcpTransport(TcpTransportOptions.FromAddress(gateway.Address));
        var session = Guid.NewGuid();
        var request = RawClient.Request();
        await using (var client = await RawClient.ConnectAsync(link, session))
        {
            Assert.That(await client.AskAsync(request), Is.InstanceOf<Result>());
        }

        // Another gateway looks the result up, and cancels.
        using var second = await FleetProcess.StartAsync(["gateway", .. As("gateway:one"), "--listen", "tcp://127.0.0.1:0", "--monitoring", "none"]);
        await using var again = await RawClient.ConnectAsync(new TcpTransport(TcpTransportOptions.FromAddress(second.Address)), session);
        Assert.That(await again.AskAsync(request), Is.InstanceOf<Result>());
    }

    [Test]
    public async Task A_wrong_password_is_said_in_a_line()
    {
        using var nats = await NatsServer.StartAsync("max_payload: 8MB\njetstream { store_dir: \"FILES\" }\nauthorization { user: me, password: right }");

        var result = await DiffusionXProgram.RunAsync("gateway", "--nats", nats.UrlFor("me:wrong"), "--monitoring", "none");

        Assert.That((result.ExitCode, result.ErrorLines.Length), Is.EqualTo((1, 1)), result.Error);
    }
}
