using System.CommandLine;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Links;
using DiffusionX.Cli.Shipped;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Cli.Play;

/// <summary><c>diffusionx play</c>: a session from the first prompt to the refined picture.</summary>
internal sealed class PlayCommand : Command, IHasExamples
{
    private readonly Option<string?> edge = new("--edge") { Description = "The model that drafts: a folder in diffusers' layout. Without it, the small one that comes with the program." };
    private readonly Option<string?> cloudModel = new("--cloud-model") { Description = "The model that refines. Without it, the large one that comes with the program." };
    private readonly Option<string> device = new("--device") { Description = "The drafting model's device: cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string> cloudDevice = new("--cloud-device") { Description = "The refining model's device.", DefaultValueFactory = _ => "cpu" };
    private readonly HalfWeightsOption halfWeights = new();
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<LoraSelection[]> loras = new("--lora")
    {
        Description = "A LoRA for the model that drafts, and after a colon how much of it: --lora film.safetensors:0.8. "
            + "The one that refines takes the same; a server needs its file too (serve --lora).",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = LoraArgument.Parse,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<LoraSelection[]> cloudLoras = new("--cloud-lora")
    {
        Description = "A LoRA for the model that refines, in place of the drafting model's.",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = LoraArgument.Parse,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> loraFolder = new("--lora-folder")
    {
        Description = "Where the LoRAs lie that prompts name: <lora:film:0.8> is film.safetensors, for the preview and its refinement; "
            + "a server needs its file too. Without it they are not applied.",
    };

    private readonly Option<string?> cloud = new("--cloud") { Description = "A server that refines (diffusionx serve): tcp://host:port, or tls://host:port. Without it, this process does." };
    private readonly Option<string?> tokenFile = new("--token-file") { Description = $"The file with the token that the server asks for; or {SharedSecret.Variable} in the environment." };
    private readonly Option<string?> fingerprint = new("--fingerprint") { Description = "With tls://, the fingerprint of the server's own certificate, as serve shows it." };
    private readonly Option<string?> link = new("--link")
    {
        Description = $"The link to imitate: {LinkProfiles.Names}. Without it, {LinkProfiles.Mobile20} within this process, and none to a server.",
    };

    private readonly StrengthOptions strengths;
    private readonly SeedOption seed = new("The session's seed; the same one and the same prompts give the same pictures.");
    private readonly Option<int?> steps = new("--steps") { Description = "Steps of the previews' schedule. Without it, the model's own number, or 25." };
    private readonly Option<double?> relay = new("--relay") { Description = "Which part of the refinement's steps the drafting model takes, before it hands the noisy latent over: above 0, below 1." };
    private readonly Option<double?> plan = new("--plan")
    {
        Description = "Choose each refinement's way by what the ones before have measured: cloud, relay or edge alone, and the latent's encoding. The number is the least "
            + "quality beside a refinement in the cloud, such as 0.95. The pictures then depend on the speed of link and queue.",
    };

    private readonly Option<bool> ahead = new("--ahead") { Description = "Refine each preview while you still look at it; what you do not accept is stopped." };
    private readonly Option<string?> script = new("--script") { Description = "A file with what would be typed, a line each; # begins a comment." };
    private readonly Option<string?> session = new("--session") { Description = "A session to go on with, from /save." };
    private readonly Option<string> output = new("--out", "-o") { Description = "The folder for pictures; none that is there is replaced.", DefaultValueFactory = _ => "." };
    private readonly Option<bool> noTerminalPicture = new("--no-terminal-picture") { Description = "Do not draw pictures in the terminal." };

    public PlayCommand()
        : base("play", "Type prompts, see a preview of each at once, and have the last one refined by a larger model over a slow link.")
    {
        foreach (var option in new Option[]
                 {
                     edge, cloudModel, device, cloudDevice, halfWeights, variant, loras, cloudLoras, loraFolder, cloud, tokenFile, fingerprint, link, seed, steps, relay, plan, ahead, script, session, output, noTerminalPicture,
                 })
        {
            Add(option);
        }

        strengths = new StrengthOptions(this, predictsOnEdge: true);
        link.AcceptOnlyFromAmong([.. LinkProfiles.All.Keys]);
        SetAction((parsed, cancellationToken) => new PlayProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx play", "Everything in one process, over an imitated link of 20 Mbps"),
        new("diffusionx play --script rounds.txt --seed 7 --out pictures", "Without a terminal: prompts and slash commands from a file"),
        new("diffusionx play --cloud tls://refiner.example:7070 --token-file token.txt", "Refined by a server"),
        new("diffusionx play --edge tiny-sd --cloud-model sd15 --cloud-device cuda", "With Stable Diffusion"),
    ];

    private PlaySettings Settings(ParseResult parsed)
    {
        var server = Server(parsed);
        var imitated = parsed.GetValue(link) ?? (server is null ? LinkProfiles.Mobile20 : LinkProfiles.Unlimited);
        return new PlaySettings
        {
            EdgeFolder = parsed.GetValue(edge) ?? ShippedModels.FindDrafting(),
            Edge = ShippedModels.WithPreviewDecoder(ModelOptions(parsed, device), isShipped: parsed.GetValue(edge) is null) with { Loras = parsed.GetRequiredValue(loras) },
            CloudLoras = parsed.GetRequiredValue(cloudLoras),
            CloudFolder = CloudFolder(parsed, server),
            Cloud = ModelOptions(parsed, cloudDevice),
            LoraFolder = parsed.GetValue(loraFolder) is { } folder ? new LoraFolder(folder) : null,
            Server = server,
            Token = SharedSecret.Read(parsed.GetValue(tokenFile)),
            Link = LinkProfiles.All[imitated],
            Strengths = strengths.Read(parsed, edgeIsShipped: parsed.GetValue(edge) is null),
            Seed = parsed.GetValue(seed) ?? SeedOption.New(),
            Steps = parsed.GetValue(steps),
            RelayShare = parsed.GetValue(relay),
            PlannedQuality = parsed.GetValue(plan),
            RefinesAhead = parsed.GetValue(ahead),
            Script = parsed.GetValue(script),
            Session = parsed.GetValue(session),
            OutputFolder = parsed.GetRequiredValue(output),
            DrawsInTerminal = !parsed.GetValue(noTerminalPicture),
        };
    }

    private DiffusionModelOptions ModelOptions(ParseResult parsed, Option<string> on) => new()
    {
        Device = parsed.GetRequiredValue(on),
        Variant = parsed.GetValue(variant),
        HalfPrecisionWeights = parsed.GetValue(halfWeights),
    };

    private TcpTransportOptions? Server(ParseResult parsed)
    {
        if (parsed.GetValue(cloud) is not { } address)
        {
            return null;
        }

        var options = TcpTransportOptions.FromAddress(address);
        return parsed.GetValue(fingerprint) is { } trusted ? options with { Tls = new TlsOptions { TrustedFingerprints = [trusted] } } : options;
    }

    // To a server, the folder only tells with which settings its model draws best: the shipped one's, if the shipped edge drafts.
    private string? CloudFolder(ParseResult parsed, TcpTransportOptions? server)
    {
        if (parsed.GetValue(cloudModel) is { } named)
        {
            return named;
        }

        return server is null ? ShippedModels.Find(ShippedModels.Cloud) : parsed.GetValue(edge) is null ? ShippedModels.TryFind(ShippedModels.Cloud) : null;
    }
}
