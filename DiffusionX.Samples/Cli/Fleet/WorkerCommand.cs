using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Shipped;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Cli.Fleet;

/// <summary><c>diffusionx worker</c>: refines what gateways put into the queue.</summary>
internal sealed class WorkerCommand : Command, IHasExamples
{
    private readonly NatsOptions nats;
    private readonly RefinerModelOptions model;
    private readonly Option<int> maxPixels = new("--max-pixels") { Description = "Pixels of the largest picture. NATS' max_payload has to be three bytes for each.", DefaultValueFactory = _ => ServerLimits.DefaultMaxPixels };
    private readonly Option<string> monitoring = MonitoringAddress.Option();
    private readonly Option<int> drain = new("--drain") { Description = "Seconds that requests may go on after Ctrl-C or SIGTERM; then other workers get them.", DefaultValueFactory = _ => 30 };
    private readonly Option<double> deviceTime = new("--device-time") { Description = "Seconds that each step takes beside what it computes, for measurements.", Hidden = true };
    private readonly StrengthOptions strengths;

    public WorkerCommand()
        : base("worker", "Refine what gateways take from other devices: the back of a fleet.")
    {
        nats = new NatsOptions(this);
        model = new RefinerModelOptions(this, "Gateways offer those that all workers of a model have.", "The most requests that it takes at once.");
        foreach (var option in new Option[] { maxPixels, monitoring, drain, deviceTime })
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
        ModelFolder = model.Folder(parsed),
        Model = model.Read(parsed),
        Loras = model.Loras(parsed),
        Strengths = strengths.Read(parsed, edgeIsShipped: false),
        MaxPixels = parsed.GetValue(maxPixels),
        Monitoring = MonitoringAddress.Parse(parsed.GetRequiredValue(monitoring)),
        DrainLimit = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(drain), 0)),
        DeviceTime = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(deviceTime), 0)),
    };
}
