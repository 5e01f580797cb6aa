using System.CommandLine;
using DiffusionX.Transport.Nats;

namespace DiffusionX.Cli.Fleet;

/// <summary>Where gateways and workers meet.</summary>
internal sealed class NatsOptions
{
    private readonly Option<string> url = new("--nats")
    {
        Description = "The NATS servers, between commas: nats://host:4222, or tls://host:4222. A user and a password may stand in it.",
        Required = true,
    };

    private readonly Option<string?> credentials = new("--nats-credentials") { Description = "The credentials file of a user of NATS (.creds)." };
    private readonly Option<string?> authority = new("--nats-ca") { Description = "The authorities that NATS' certificate may be of, PEM; without it, the system's." };
    private readonly Option<string?> certificate = new("--nats-certificate") { Description = "The certificate to show NATS, PEM." };
    private readonly Option<string?> certificateKey = new("--nats-certificate-key") { Description = "Its key, PEM." };
    private readonly Option<string> prefix = new("--nats-prefix") { Description = "What names in NATS begin with: fleets with different ones don't see each other.", DefaultValueFactory = _ => "diffusionx" };
    private readonly Option<int> replicas = new("--nats-replicas") { Description = "On how many servers of a NATS cluster the requests are kept, where this process makes the queue.", DefaultValueFactory = _ => 1 };
    private readonly Option<double> ackWait = new("--ack-wait") { Description = "Seconds of silence after which a worker's request is given to another one.", DefaultValueFactory = _ => 10 };

    /// <param name="command">Gets the options.</param>
    public NatsOptions(Command command)
    {
        foreach (var option in new Option[] { url, credentials, authority, certificate, certificateKey, prefix, replicas, ackWait })
        {
            command.Add(option);
        }
    }

    /// <param name="parsed">What the user gave.</param>
    /// <param name="name">What the process is called in NATS.</param>
    public NatsFleetOptions Read(ParseResult parsed, string name) => new()
    {
        Url = parsed.GetRequiredValue(url),
        Credentials = parsed.GetValue(credentials),
        CertificateAuthority = parsed.GetValue(authority),
        Certificate = parsed.GetValue(certificate),
        CertificateKey = parsed.GetValue(certificateKey),
        Prefix = parsed.GetRequiredValue(prefix),
        Replicas = parsed.GetValue(replicas),
        AckWait = TimeSpan.FromSeconds(parsed.GetValue(ackWait)),
        Name = name,
    };
}
