using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Links;
using DiffusionX.Cli.Serve;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Cli.Fleet;

/// <summary><c>diffusionx gateway</c>: takes drafts from edges, for workers to refine.</summary>
internal sealed class GatewayCommand : Command, IHasExamples
{
    private readonly NatsOptions nats;
    private readonly Option<string> listen = new("--listen")
    {
        Description = "Where clients come to. Another address than this machine's own takes a token.",
        DefaultValueFactory = _ => "tcp://127.0.0.1:7070",
    };

    private readonly Option<string?> tokenFile = new("--token-file") { Description = $"The file with the token that clients have to know; or {SharedSecret.Variable} in the environment." };
    private readonly Option<string?> certificate = new("--certificate") { Description = "The certificate for TLS, PEM or PKCS #12." };
    private readonly Option<string?> certificateKey = new("--certificate-key") { Description = "The key of a PEM certificate, if it is in a file of its own." };
    private readonly Option<string> name = new("--name") { Description = "What clients' reports call this cloud.", DefaultValueFactory = _ => "cloud" };
    private readonly Option<int> queue = new("--queue") { Description = "Requests that may wait at this gateway; further ones are told when to try again.", DefaultValueFactory = _ => 128 };
    private readonly Option<int> maxClients = new("--max-clients") { Description = "Clients of this gateway at once.", DefaultValueFactory = _ => 1024 };
    private readonly Option<int> maxPixels = new("--max-pixels") { Description = "Pixels of the largest picture. NATS' max_payload has to be three bytes for each.", DefaultValueFactory = _ => ServerLimits.DefaultMaxPixels };
    private readonly Option<string> monitoring = MonitoringAddress.Option();
    private readonly Option<int> drain = new("--drain") { Description = "Seconds that requests may go on after Ctrl-C or SIGTERM.", DefaultValueFactory = _ => 30 };

    public GatewayCommand()
        : base("gateway", "Take drafts from other devices, for workers to refine: the front of a fleet.")
    {
        nats = new NatsOptions(this);
        foreach (var option in new Option[] { listen, tokenFile, certificate, certificateKey, name, queue, maxClients, maxPixels, monitoring, drain })
        {
            Add(option);
        }

        SetAction((parsed, cancellationToken) => new GatewayProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx gateway --nats nats://127.0.0.1:4222", "For this machine alone; workers of the same NATS refine"),
        new("diffusionx gateway --nats tls://nats:4222 --nats-credentials gateway.creds --listen tls://0.0.0.0:7070 --certificate server.pem --token-file token.txt", "For other machines, encrypted"),
    ];

    private GatewaySettings Settings(ParseResult parsed) => new()
    {
        Nats = nats.Read(parsed, "diffusionx gateway"),
        Listen = Listen(parsed),
        Clients = new CloudRefinerOptions
        {
            Name = parsed.GetRequiredValue(name),
            Token = SharedSecret.Read(parsed.GetValue(tokenFile)),
            QueueCapacity = parsed.GetValue(queue),
            MaxConnections = parsed.GetValue(maxClients),
            MaxPixels = parsed.GetValue(maxPixels),
        },
        Monitoring = MonitoringAddress.Parse(parsed.GetRequiredValue(monitoring)),
        DrainLimit = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(drain), 0)),
    };

    private TcpTransportOptions Listen(ParseResult parsed)
    {
        var address = TcpTransportOptions.FromAddress(parsed.GetRequiredValue(listen));
        return parsed.GetValue(certificate) is { } file
            ? address with { Tls = new TlsOptions { Certificate = CertificateFile.Load(file, parsed.GetValue(certificateKey), ServeCommand.CertificatePassword) } }
            : address;
    }
}
