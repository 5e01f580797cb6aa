using System.Text;
using System.Text.Json.Nodes;
using DiffusionX.Tests.Transport.Tcp;
using DiffusionX.Transport;
using DiffusionX.Transport.Nats;
using NATS.NKeys;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>How gateways and workers say to NATS who they are, and it to them: each way on a server that lets nobody else in.</summary>
[NonParallelizable]
public sealed class FleetCredentialsTests
{
    private const string Files = "max_payload: 8MB\njetstream { store_dir: \"FILES\" }\n";

    [Test]
    public async Task A_token_in_the_address_lets_in_and_another_does_not()
    {
        using var nats = await NatsServer.StartAsync(Files + "authorization { token: right }");

        await OpenAsync(new NatsFleetOptions { Url = nats.UrlFor("right") });

        Assert.That(() => OpenAsync(new NatsFleetOptions { Url = nats.UrlFor("wrong") }), Throws.InstanceOf<TransportException>().With.Message.Not.Contains("wrong"));
    }

    [Test]
    public async Task A_credentials_file_of_an_operators_account_lets_in_and_a_strangers_does_not()
    {
        using var folder = new TemporaryFolder();
        using var account = KeyPair.CreatePair(PrefixByte.Account);
        using var stranger = KeyPair.CreatePair(PrefixByte.Account);
        using var nats = await NatsServer.StartAsync(Files + OperatorOf(account));

        await OpenAsync(new NatsFleetOptions { Url = nats.Url, Credentials = folder.Write("worker.creds", UserOf(account)) });

        var others = new NatsFleetOptions { Url = nats.Url, Credentials = folder.Write("stranger.creds", UserOf(stranger)) };
        Assert.That(() => OpenAsync(others), Throws.InstanceOf<TransportException>());
    }

    [Test]
    public async Task A_certificate_lets_in_where_NATS_asks_for_one_and_without_it_nobody_comes_in()
    {
        using var folder = new TemporaryFolder();
        var server = NatsServer.Certify(folder, Certificates.Server, "server");
        var client = NatsServer.Certify(folder, Certificates.Client, "client");
        using var nats = await NatsServer.StartAsync(Files + $"tls {{ cert_file: \"{server}.pem\", key_file: \"{server}.key\", ca_file: \"{client}.pem\", verify: true }}");
        var options = new NatsFleetOptions { Url = nats.TlsUrl, CertificateAuthority = $"{server}.pem" };

        await OpenAsync(options with { Certificate = $"{client}.pem", CertificateKey = $"{client}.key" });

        Assert.That(() => OpenAsync(options), Throws.InstanceOf<TransportException>());
    }

    [Test]
    public async Task A_NATS_whose_certificate_is_of_another_authority_is_not_talked_to()
    {
        using var folder = new TemporaryFolder();
        var server = NatsServer.Certify(folder, Certificates.Server, "server");
        var stranger = NatsServer.Certify(folder, Certificates.Stranger, "stranger");
        using var nats = await NatsServer.StartAsync(Files + $"tls {{ cert_file: \"{server}.pem\", key_file: \"{server}.key\" }}");

        var options = new NatsFleetOptions { Url = nats.TlsUrl, CertificateAuthority = $"{stranger}.pem" };

        Assert.That(() => OpenAsync(options), Throws.InstanceOf<TransportException>().With.Message.Contains("tls://localhost"));
    }

    [TestCase("credentials.creds", null, null, null)]
    [TestCase(null, "authority.pem", null, null)]
    [TestCase(null, null, "certificate.pem", "certificate.key")]
    public async Task A_file_that_is_not_there_is_named(string? credentials, string? authority, string? certificate, string? key)
    {
        using var nats = await NatsServer.StartAsync(Files);
        var options = new NatsFleetOptions
        {
            Url = nats.Url,
            Credentials = credentials,
            CertificateAuthority = authority,
            Certificate = certificate,
            CertificateKey = key,
        };

        Assert.That(() => OpenAsync(options), Throws.InstanceOf<TransportException>().With.Message.Contains(credentials ?? authority ?? certificate));
    }

    private static async Task OpenAsync(NatsFleetOptions options)
    {
        await using var connection = await FleetConnection.OpenAsync(options, largestFrame: 4_000_000, CancellationToken.None);
    }

    /// <summary>The configuration of a server whose operator has this account.</summary>
    private static string OperatorOf(KeyPair account)
    {
        using var authority = KeyPair.CreatePair(PrefixByte.Operator);
        using var system = KeyPair.CreatePair(PrefixByte.Account);
        var unlimited = new JsonObject
        {
            ["type"] = "account",
            ["version"] = 2,
            ["limits"] = new JsonObject
            {
                ["subs"] = -1,
                ["data"] = -1,
                ["payload"] = -1,
                ["imports"] = -1,
                ["exports"] = -1,
                ["wildcards"] = true,
                ["conn"] = -1,
                ["leaf"] = -1,
                ["mem_storage"] = -1,
                ["disk_storage"] = -1,
                ["streams"] = -1,
                ["consumer"] = -1,
            },
        };
        var signedOperator = Sign(authority, authority.GetPublicKey(), new JsonObject { ["type"] = "operator", ["version"] = 2, ["system_account"] = system.GetPublicKey() });
        return $$"""
            operator: {{signedOperator}}
            system_account: {{system.GetPublicKey()}}
            resolver: MEMORY
            resolver_preload: {
              {{account.GetPublicKey()}}: {{Sign(authority, account.GetPublicKey(), unlimited)}}
              {{system.GetPublicKey()}}: {{Sign(authority, system.GetPublicKey(), new JsonObject { ["type"] = "account", ["version"] = 2 })}}
            }
            """;
    }

    /// <summary>The credentials file of a user of an account.</summary>
    private static string UserOf(KeyPair account)
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        var token = Sign(account, user.GetPublicKey(), new JsonObject { ["type"] = "user", ["version"] = 2, ["subs"] = -1, ["data"] = -1, ["payload"] = -1 });
        return $"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{user.GetSeed()}\n------END USER NKEY SEED------\n";
    }

    // A JSON Web Token as NATS has it, signed with an nkey.
    private static string Sign(KeyPair issuer, string subject, JsonObject claims)
    {
        var header = new JsonObject { ["typ"] = "JWT", ["alg"] = "ed25519-nkey" };
        var payload = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["iss"] = issuer.GetPublicKey(),
            ["name"] = "test",
            ["sub"] = subject,
            ["nats"] = claims,
        };
        var text = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(payload.ToJsonString()))}";
        var signature = new byte[64];
        issuer.Sign(Encoding.ASCII.GetBytes(text), signature);
        return $"{text}.{Encode(signature)}";
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
