using System.CommandLine;
using DiffusionX.Cli.Help;

namespace DiffusionX.Cli.Evaluate;

/// <summary><c>diffusionx evaluate latency</c>: how long sessions take.</summary>
internal sealed class EvaluateLatencyCommand : Command, IHasExamples
{
    private readonly Option<string> work = new("--work") { Description = "Where the log of sessions is kept: the same command goes on where it was interrupted.", DefaultValueFactory = _ => Path.Combine("training", "latency") };
    private readonly SessionOptions sessions;

    public EvaluateLatencyCommand()
        : base("latency", "The same sessions on the cloud alone, on the edge alone, and with both, without and with predicted strengths; an interrupted run goes on where it stopped.")
    {
        sessions = new SessionOptions(this);
        Add(work);
        SetAction((parsed, cancellationToken) => new LatencyProgram(sessions.Read(parsed, parsed.GetRequiredValue(work))).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx evaluate latency --sessions 400", "400 sessions about scenes, with the models that come with the program"),
        new("diffusionx evaluate latency --edge tiny-sd --cloud-model sd15 --device cuda --cloud-device cuda --prompts prompts.jsonl --link mobile20", "Stable Diffusion, over 20 Mbps"),
        new("diffusionx evaluate latency --sessions 20 --hardware phone-and-a100.json", "Forecast the same sessions on hardware that is not here"),
    ];
}
