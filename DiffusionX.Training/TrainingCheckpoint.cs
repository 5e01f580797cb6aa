using System.Globalization;
using DiffusionX.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>
/// All that a training run needs to go on as if it had never stopped, in one safetensors file that is replaced as a whole.
/// </summary>
internal static class TrainingCheckpoint
{
    private const string StepName = "step";
    private const string SeedName = "seed";
    private const string LossesName = "losses";

    public static void Save(string path, TrainingState state)
    {
        using var scope = NewDisposeScope();
        var metadata = new Dictionary<string, string>
        {
            [StepName] = state.Step.ToString(CultureInfo.InvariantCulture),
            [SeedName] = state.Seed.ToString(CultureInfo.InvariantCulture),
        };
        SafetensorsWriter.Save(path, state.Tensors.Append(new(LossesName, tensor(state.Losses.ToArray()))), metadata);
    }

    /// <summary>Fills a state from a file.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or belongs to another model or seed.</exception>
    public static void Load(string path, TrainingState state)
    {
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(SeedName) != state.Seed.ToString(CultureInfo.InvariantCulture)
            || !int.TryParse(file.Metadata.GetValueOrDefault(StepName), CultureInfo.InvariantCulture, out var step)
            || !file.Tensors.TryGetValue(LossesName, out var losses))
        {
            throw new CheckpointException($"{path} was not left by this training run (seed {state.Seed}). Delete it to begin anew, or give the seed that it was begun with.");
        }

        using var noGradient = no_grad();
        foreach (var (name, tensor) in state.Tensors)
        {
            file.CopyTo(name, tensor);
        }

        using var history = file.Read(losses.Name);
        state.Resume(step, history.data<float>().ToArray());
    }
}
