using DiffusionX.Runtime;
using DiffusionX.Training;

namespace DiffusionX.Scenes.Training;

/// <summary>The stages of training the scenes models, in the order in which one needs the other.</summary>
internal static class ScenesStages
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["vae", "text", "cloud", "edge", "clip", "bert", "judge", "decoder", "edge-few", "tiny-decoder"];

    /// <summary>Builds a stage.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="weights">Where earlier stages have put their models, and where this one puts its own.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c>, <c>cuda:1</c> …</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="TrainingException">There is no such stage.</exception>
    public static TrainingStage Create(string name, ScenesFolder weights, string device, long seed)
    {
        TorchRuntime.EnsureLoaded();
        return name switch
        {
            "vae" => new AutoencoderStage(weights, ComputeDevice.Open(device), seed),
            "decoder" => new DecoderStage(weights, ComputeDevice.Open(device)),
            "text" => new TextStage(weights, ComputeDevice.Open(device), seed),
            "clip" => new ClipStage(weights, ComputeDevice.Open(device), seed),
            "bert" => new BertStage(weights, ComputeDevice.Open(device), seed),
            "judge" => new JudgeStage(weights, ComputeDevice.Open(device), seed),
            "cloud" => new CloudStage(weights, ComputeDevice.Open(device), seed),
            "edge" => new EdgeStage(weights, ComputeDevice.Open(device), seed),
            "edge-few" => new EdgeFewStage(weights, ComputeDevice.Open(device)),
            "tiny-decoder" => new TinyDecoderStage(weights, ComputeDevice.Open(device), seed),
            _ => throw new TrainingException($"There is no stage '{name}'; there are {string.Join(", ", Names)}."),
        };
    }
}
