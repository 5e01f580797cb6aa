using static TorchSharp.torch;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>
/// Merges LoRAs into a model's weights, and takes them out again: each weight is computed anew from the file of the model, so that a model
/// without LoRAs is bit for bit what it was. Only the weights that change are touched, one at a time.
/// </summary>
internal sealed class LoraMerger : IDisposable
{
    private readonly IReadOnlyList<LoraPart> parts;
    private readonly LoraTargets targets;
    private HashSet<LoraTarget> changed = [];

    /// <param name="parts">The parts of a loaded model. The merger keeps their weights' files open, and closes them.</param>
    public LoraMerger(IReadOnlyList<LoraPart> parts)
    {
        this.parts = parts;
        targets = new LoraTargets(parts);
    }

    /// <summary>Merges these LoRAs and no others. What does not fit the model is found before anything changes.</summary>
    /// <exception cref="CheckpointException">
    /// A LoRA was made for another model, or a file can't be read; in the latter case a next call restores the model.
    /// </exception>
    public void Merge(IReadOnlyList<WeightedLora> loras)
    {
        if (loras.FirstOrDefault(lora => !double.IsFinite(lora.Strength)) is { } wrong)
        {
            throw new CheckpointException($"{wrong.File.Path}: the strength of a LoRA has to be a finite number, not {wrong.Strength}.");
        }

        var changes = loras
            .SelectMany(lora => lora.File.Match(targets).Select(layer => new Change(lora, layer)))
            .ToLookup(change => change.Layer.Target);
        changed.UnionWith(changes.Select(change => change.Key));
        using var noGradient = no_grad();
        foreach (var part in parts)
        {
            var names = part.Weights.Tensors.Keys.Where(name => !part.Keys.Ignores(name)).ToDictionary(part.Keys.Rename);
            var weights = part.Module.state_dict();
            foreach (var target in changed.Where(target => target.Part == part.Name))
            {
                Fill(weights[target.Name], part.Weights, names[target.Name], [.. changes[target]]);
            }
        }

        changed = [.. changes.Select(change => change.Key)];
    }

    /// <summary>Finds out whether a LoRA fits the model, and changes nothing.</summary>
    /// <exception cref="CheckpointException">It was made for another model.</exception>
    public void Check(LoraFile lora) => lora.Match(targets);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in parts)
        {
            part.Weights.Dispose();
        }
    }

    // The sum is taken in float32 and rounded once.
    private static void Fill(Tensor weight, IWeightSource source, string name, Change[] changes)
    {
        if (changes.Length == 0)
        {
            source.CopyTo(name, weight);
            return;
        }

        using var sum = empty(weight.shape, ScalarType.Float32);
        source.CopyTo(name, sum);
        foreach (var (lora, layer) in changes)
        {
            lora.File.Add(layer, sum, lora.Strength);
        }

        weight.copy_(sum);
    }

    private readonly record struct Change(WeightedLora Lora, LoraLayer Layer);
}
