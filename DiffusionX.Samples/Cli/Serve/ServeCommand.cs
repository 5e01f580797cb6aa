using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Links;
using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Cli.Serve;

/// <summary><c>diffusionx serve</c>: the cloud's end.</summary>
internal sealed class ServeCommand : Command, IHasExamples
{
    private readonly Option<string?> model = new("--model", "-m") { Description = "The model that refines: a folder in diffusers' layout. Without it, the large one that comes with the program." };
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<string> device = new("--device") { Description = "cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<Precision> precision = new("--precision") { Description = "The numbers that it computes with." };
    private readonly Option<string> listen = new("--listen")
    {
        Description = "Where clients come to. Another address than this machine's own takes a token.",
        DefaultValueFactory = _ => "tcp://127.0.0.1:7070",
    };

    private readonly Option<string?> tokenFile = new("--token-file") { Description = $"The file with the token that clients have to know; or {SharedSecret.Variable} in the environment." };
    private readonly Option<string?> certificate = new("--certificate")
    {
        Description = $"The certificate for TLS, PEM or PKCS #12 (its password in {ServerCertificate.PasswordVariable}).",
    };

    private readonly Option<string?> certificateKey = new("--certificate-key") { Description = "The key of a PEM certificate, if it is in a file of its own." };
    private readonly Option<string> name = new("--name") { Description = "What clients' reports call this server.", DefaultValueFactory = _ => "cloud" };
    private readonly Option<int> queue = new("--queue") { Description = "Requests that may wait; further ones are told when to try again.", DefaultValueFactory = _ => 32 };
    private readonly Option<int> monitoringPort = new("--monitoring-port")
    {
        Description = "The port, of this machine alone, with /health and with /metrics for Prometheus; 0 for none.",
        DefaultValueFactory = _ => 9464,
    };

    private readonly StrengthOptions strengths;
    private readonly Option<int> drain = new("--drain") { Description = "Seconds that requests may go on after Ctrl-C or SIGTERM.", DefaultValueFactory = _ => 30 };

    public ServeCommand()
        : base("serve", "Refine the drafts of other devices: the cloud's end.")
    {
        foreach (var option in new Option[] { model, variant, device, precision, listen, tokenFile, certificate, certificateKey, name, queue, monitoringPort, drain })
        {
            Add(option);
        }

        strengths = new StrengthOptions(this, predictsOnEdge: false);
        SetAction((parsed, cancellationToken) => new ServeProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx serve", "For this machine alone; in another window: diffusionx play --cloud tcp://127.0.0.1:7070"),
        new("diffusionx serve --listen tls://0.0.0.0:7070 --certificate server.pem --token-file token.txt", "For other machines, encrypted, to those who know the token"),
        new("diffusionx serve --model sd15 --variant fp16 --device cuda", "With Stable Diffusion on a GPU"),
        new("curl http://127.0.0.1:9464/health", "How is it doing?"),
    ];

    private ServeSettings Settings(ParseResult parsed) => new()
    {
        ModelFolder = parsed.GetValue(model) ?? ShippedModels.Find(ShippedModels.Cloud),
        Model = new DiffusionModelOptions
        {
            Device = parsed.GetRequiredValue(device),
            Precision = parsed.GetValue(precision),
            Variant = parsed.GetValue(variant),
        },
        Strengths = strengths.Read(parsed, edgeIsShipped: false),
        Listen = Listen(parsed),
        Token = SharedSecret.Read(parsed.GetValue(tokenFile)),
        Name = parsed.GetRequiredValue(name),
        QueueCapacity = parsed.GetValue(queue),
        MonitoringPort = parsed.GetValue(monitoringPort),
        DrainLimit = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(drain), 0)),
    };

    private TcpTransportOptions Listen(ParseResult parsed)
    {
        var address = TcpTransportOptions.FromAddress(parsed.GetRequiredValue(listen));
        return parsed.GetValue(certificate) is { } file
            ? address with { Tls = new TlsOptions { Certificate = ServerCertificate.Load(file, parsed.GetValue(certificateKey)) } }
            : address;
    }
}
