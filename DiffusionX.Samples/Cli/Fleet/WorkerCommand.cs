using System.CommandLine;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Cli.Fleet;

/// <summary><c>diffusionx worker</c>: refines what gateways put into the queue.</summary>
internal sealed class WorkerCommand : Command, IHasExamples
{
    private readonly NatsOptions nats;
    private readonly Option<string?> model = new("--model", "-m") { Description = "The model that refines: a folder in diffusers' layout. Without it, the large one that comes with the program." };
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<string[]> loras = new("--lora")
    {
        Description = "A LoRA that clients may ask for, .safetensors. Gateways offer those that all workers of a model have. The option can be given several times.",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> device = new("--device") { Description = "cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<Precision> precision = new("--precision") { Description = "The numbers that it computes with." };
    private readonly HalfWeightsOption halfWeights = new();
    private readonly Option<int?> maxBatch = new("--max-batch")
    {
        Description = "The most requests that it takes at once. Without it, as many as pay on this machine, which is measured once.",
    };

    private readonly Option<int> maxPixels = new("--max-pixels") { Description = "Pixels of the largest picture. NATS' max_payload has to be three bytes for each.", DefaultValueFactory = _ => ServerLimits.DefaultMaxPixels };
    private readonly Option<string> monitoring = MonitoringAddress.Option();
    private readonly Option<int> drain = new("--drain") { Description = "Seconds that requests may go on after Ctrl-C or SIGTERM; then other workers get them.", DefaultValueFactory = _ => 30 };
    private readonly Option<double> deviceTime = new("--device-time") { Description = "Seconds that each step takes beside what it computes, for measurements.", Hidden = true };
    private readonly StrengthOptions strengths;

    public WorkerCommand()
        : base("worker", "Refine what gateways take from other devices: the back of a fleet.")
    {
        nats = new NatsOptions(this);
        foreach (var option in new Option[] { model, variant, loras, device, precision, halfWeights, maxBatch, maxPixels, monitoring, drain, deviceTime })
        {
            Add(option);
        }

        strengths = new StrengthOptions(this, predictsOnEdge: false);
        SetAction((parsed, cancellationToken) => new WorkerProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx worker --nats nats://127.0.0.1:4222", "With the large model that comes with the program"),
        new("diffusionx worker --nats tls://nats:4222 --nats-credentials worker.creds --model sd15 --variant fp16 --device cuda", "With Stable Diffusion on a GPU"),
    ];

    private WorkerSettings Settings(ParseResult parsed) => new()
    {
        Nats = nats.Read(parsed, "diffusionx worker"),
        ModelFolder = parsed.GetValue(model) ?? ShippedModels.Find(ShippedModels.Cloud),
        Model = new DiffusionModelOptions
        {
            Device = parsed.GetRequiredValue(device),
            Precision = parsed.GetValue(precision),
            Variant = parsed.GetValue(variant),
            HalfPrecisionWeights = parsed.GetValue(halfWeights),
            MaxBatch = parsed.GetValue(maxBatch),
        },
        Loras = parsed.GetRequiredValue(loras),
        Strengths = strengths.Read(parsed, edgeIsShipped: false),
        MaxPixels = parsed.GetValue(maxPixels),
        Monitoring = MonitoringAddress.Parse(parsed.GetRequiredValue(monitoring)),
        DrainLimit = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(drain), 0)),
        DeviceTime = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(deviceTime), 0)),
    };
}
