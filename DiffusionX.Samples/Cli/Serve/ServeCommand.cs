using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Links;
using DiffusionX.Cli.Shipped;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Cli.Serve;

/// <summary><c>diffusionx serve</c>: the cloud's end.</summary>
internal sealed class ServeCommand : Command, IHasExamples
{
    /// <summary>The environment variable with the HTTP API's keys, between commas.</summary>
    public const string ApiKeyVariable = "DIFFUSIONX_API_KEYS";

    private const string PasswordVariable = "DIFFUSIONX_CERTIFICATE_PASSWORD";

    private readonly Option<string> listen = new("--listen")
    {
        Description = "Where clients come to. Another address than this machine's own takes a token.",
        DefaultValueFactory = _ => "tcp://127.0.0.1:7070",
    };

    private readonly Option<string?> tokenFile = new("--token-file") { Description = $"The file with the token that clients have to know; or {SharedSecret.Variable} in the environment." };
    private readonly Option<string?> certificate = new("--certificate")
    {
        Description = $"The certificate for TLS, PEM or PKCS #12 (its password in {PasswordVariable}).",
    };

    private readonly Option<string?> certificateKey = new("--certificate-key") { Description = "The key of a PEM certificate, if it is in a file of its own." };
    private readonly Option<string> name = new("--name") { Description = "What clients' reports call this server.", DefaultValueFactory = _ => "cloud" };
    private readonly Option<int> queue = new("--queue") { Description = "Requests that may wait; further ones are told when to try again.", DefaultValueFactory = _ => 32 };
    private readonly Option<int> monitoringPort = new("--monitoring-port")
    {
        Description = "The port, of this machine alone, with /health and with /metrics for Prometheus; 0 for none.",
        DefaultValueFactory = _ => 9464,
    };

    private readonly Option<string?> http = new("--http")
    {
        Description = "Where the HTTP API listens, which OpenAI's image clients speak: http://127.0.0.1:8080, or https://… with the --certificate. Another address than this machine's own takes a key.",
    };

    private readonly Option<string?> apiKeyFile = new("--api-key-file") { Description = $"The file with the HTTP API's keys, one a line; or {ApiKeyVariable} in the environment, between commas." };
    private readonly Option<string?> edge = new("--edge") { Description = "The model that drafts for the HTTP API's sessions. Without it, the small one that comes with the program, for its own large one." };
    private readonly Option<string?> sessions = new("--sessions") { Description = "The folder that the HTTP API's sessions are saved in. Without it they end with the server." };
    private readonly Option<int> maxConnections = new("--max-connections") { Description = "Connections of the HTTP API at once.", DefaultValueFactory = _ => 1024 };

    private readonly RefinerModelOptions model;
    private readonly StrengthOptions strengths;
    private readonly Option<int> drain = new("--drain") { Description = "Seconds that requests may go on after Ctrl-C or SIGTERM.", DefaultValueFactory = _ => 30 };

    public ServeCommand()
        : base("serve", "Refine the drafts of other devices: the cloud's end.")
    {
        model = new RefinerModelOptions(
            this,
            "They name it by its content and say how much of it.",
            "The most pictures of the model's own size that are drawn at once; 1 for one request after another.");
        foreach (var option in new Option[] { listen, tokenFile, certificate, certificateKey, name, queue, monitoringPort, drain, http, apiKeyFile, edge, sessions, maxConnections })
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
        new("diffusionx serve --http http://127.0.0.1:8080 --sessions sessions", "For programs that speak OpenAI's image API"),
        new("curl http://127.0.0.1:9464/health", "How is it doing?"),
    ];

    /// <summary>The password of a PKCS #12 certificate.</summary>
    public static string? CertificatePassword => Environment.GetEnvironmentVariable(PasswordVariable);

    private ServeSettings Settings(ParseResult parsed) => new()
    {
        ModelFolder = model.Folder(parsed),
        Model = model.Read(parsed),
        Loras = model.Loras(parsed),
        Strengths = strengths.Read(parsed, edgeIsShipped: false),
        Address = parsed.GetRequiredValue(listen),
        Listen = Listen(parsed),
        Certificate = parsed.GetValue(certificate),
        CertificateKey = parsed.GetValue(certificateKey),
        Token = SharedSecret.Read(parsed.GetValue(tokenFile)),
        Name = parsed.GetRequiredValue(name),
        QueueCapacity = parsed.GetValue(queue),
        MonitoringPort = parsed.GetValue(monitoringPort),
        DrainLimit = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(drain), 0)),
        Http = parsed.GetValue(http) is { } address ? HttpAddress.Parse(address) : null,
        ApiKeys = ApiKeys(parsed),
        EdgeFolder = parsed.GetValue(edge) ?? (model.IsShipped(parsed) ? ShippedModels.TryFindWith(ShippedModels.Cloud, ShippedModels.Edge) : null),
        SessionsFolder = parsed.GetValue(sessions),
        EdgeStrength = model.IsShipped(parsed) && parsed.GetValue(edge) is null ? ShippedModels.TryFindWith(ShippedModels.Edge, ShippedModels.EdgeStrength) : null,
        MaxConnections = Math.Max(parsed.GetValue(maxConnections), 1),
    };

    private IReadOnlyList<string> ApiKeys(ParseResult parsed) => parsed.GetValue(apiKeyFile) is { } file
        ? SecretFile.ReadKeys(file)
        : Environment.GetEnvironmentVariable(ApiKeyVariable)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private TcpTransportOptions Listen(ParseResult parsed)
    {
        var address = TcpTransportOptions.FromAddress(parsed.GetRequiredValue(listen));
        return parsed.GetValue(certificate) is { } file
            ? address with { Tls = new TlsOptions { Certificate = CertificateFile.Load(file, parsed.GetValue(certificateKey), CertificatePassword) } }
            : address;
    }
}
