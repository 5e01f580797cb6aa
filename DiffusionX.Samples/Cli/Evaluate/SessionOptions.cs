using System.CommandLine;
using System.Globalization;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Shipped;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Evaluate;

/// <summary>Which sessions are played, with which models, over which link.</summary>
internal sealed class SessionOptions
{
    private readonly Option<string?> edge = new("--edge") { Description = "The small model: a folder in diffusers' layout. Without it, the one that comes with the program." };
    private readonly Option<string?> cloud = new("--cloud-model") { Description = "The large model. Without it, the one that comes with the program." };
    private readonly Option<string> device = new("--device") { Description = "The small model's device: cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string> cloudDevice = new("--cloud-device") { Description = "The large model's device.", DefaultValueFactory = _ => "cpu" };
    private readonly HalfWeightsOption halfWeights = new();
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<string> link = new("--link") { Description = $"The link to imitate: {LinkProfiles.Names}.", DefaultValueFactory = _ => LinkProfiles.Mobile20 };
    private readonly Option<string?> prompts = new("--prompts") { Description = "A set of sessions (diffusionx prompts). Without it, sessions about scenes." };
    private readonly Option<int?> sessions = new("--sessions") { Description = "How many sessions. Without it, all of --prompts, or 400." };
    private readonly Option<int> rounds = new("--rounds") { Description = "Rounds of sessions about scenes.", DefaultValueFactory = _ => 3 };
    private readonly Option<int?> steps = new("--steps") { Description = "Steps of a whole run of either model; one that was distilled to a few steps takes its own number. Without it, the models' own numbers, or 25." };
    private readonly Option<double> fixedStrength = new("--fixed-strength") { Description = "The strength of DiffusionX without predictors.", DefaultValueFactory = _ => 0.8 };
    private readonly Option<bool> ablations = new("--ablations") { Description = "Also play DiffusionX with one thing changed at a time: other strength predictors, skipped steps, feature cache, guidance interval, latent relay, 8-bit latents." };
    private readonly StrengthOptions strengths;
    private readonly Option<int> seed = new("--seed") { Description = "The same seed plays the same sessions.", DefaultValueFactory = _ => 1 };
    private readonly Option<string[]> hardware = new("--hardware") { Description = "Speeds of other hardware, a JSON file, to forecast the sessions on; may be given several times.", DefaultValueFactory = _ => [] };

    public SessionOptions(Command command)
    {
        foreach (var option in new Option[] { edge, cloud, device, cloudDevice, halfWeights, variant, link, prompts, sessions, rounds, steps, fixedStrength, ablations, seed, hardware })
        {
            command.Add(option);
        }

        strengths = new StrengthOptions(command, predictsOnEdge: true);

        link.AcceptOnlyFromAmong([.. LinkProfiles.All.Keys]);
        Require(sessions, 1, int.MaxValue);
        Require(rounds, 2, 16);
        Require(fixedStrength, 0, 1);
    }

    public LatencySettings Read(ParseResult parsed, string workFolder) => new()
    {
        EdgeFolder = parsed.GetValue(edge) ?? ShippedModels.FindDrafting(),
        CloudFolder = parsed.GetValue(cloud) ?? ShippedModels.Find(ShippedModels.Cloud),
        Edge = ShippedModels.WithPreviewDecoder(ModelOptions(parsed, device), isShipped: parsed.GetValue(edge) is null),
        FormerEdgeFolder = parsed.GetValue(edge) is null && ShippedModels.TryFindWith(ShippedModels.Edge, ShippedModels.FewStepEdge) is not null ? ShippedModels.Find(ShippedModels.Edge) : null,
        FormerEdge = ModelOptions(parsed, device),
        Cloud = ModelOptions(parsed, cloudDevice),
        LinkName = parsed.GetRequiredValue(link),
        Link = LinkProfiles.All[parsed.GetRequiredValue(link)],
        Prompts = parsed.GetValue(prompts),
        Sessions = parsed.GetValue(sessions),
        Rounds = parsed.GetValue(rounds),
        Steps = parsed.GetValue(steps),
        FixedStrength = parsed.GetValue(fixedStrength),
        Strengths = strengths.Read(parsed, edgeIsShipped: parsed.GetValue(edge) is null),
        OtherStrengths = strengths.Others(parsed, edgeIsShipped: parsed.GetValue(edge) is null),
        Ablates = parsed.GetValue(ablations),
        Seed = parsed.GetValue(seed),
        Hardware = parsed.GetValue(hardware) ?? [],
        WorkFolder = workFolder,
    };

    private DiffusionModelOptions ModelOptions(ParseResult parsed, Option<string> on) => new()
    {
        Device = parsed.GetRequiredValue(on),
        Variant = parsed.GetValue(variant),
        HalfPrecisionWeights = parsed.GetValue(halfWeights),
    };

    // What is no number, the parser says itself.
    private static void Require(Option option, double least, double most) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && double.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && (number < least || number > most))
        {
            result.AddError(FormattableString.Invariant($"{option.Name} is {number}; it has to be {least} to {most}."));
        }
    });
}
