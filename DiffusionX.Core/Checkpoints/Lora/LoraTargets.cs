using DiffusionX.Checkpoints.SingleFile;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>A weight that a LoRA can change.</summary>
/// <param name="Part">The part of the model.</param>
/// <param name="Name">The weight's name within it.</param>
/// <param name="Shape">[out, in], or [out, in, h, w] of a convolution.</param>
internal sealed record LoraTarget(string Part, string Name, IReadOnlyList<long> Shape);

/// <summary>The weights of a model that LoRAs can change, by every name that their files have for them.</summary>
internal sealed class LoraTargets
{
    private const string WeightEnding = ".weight";
    private const string TextModelPrefix = "text_model_";

    private readonly Dictionary<string, Dictionary<string, LoraTarget>> byPart;

    public LoraTargets(IEnumerable<LoraPart> parts) => byPart = parts.ToDictionary(part => part.Name, ByEveryName);

    /// <summary>The weights that a file's layer can mean: at most one of each part, and only of the part that its name says.</summary>
    public IEnumerable<LoraTarget> Find(LoraLayerName layer) => byPart
        .Where(part => layer.Part is null || part.Key == layer.Part)
        .Select(part => part.Value.GetValueOrDefault(Flat(layer.Path)))
        .OfType<LoraTarget>();

    private static Dictionary<string, LoraTarget> ByEveryName(LoraPart part)
    {
        var targets = new Dictionary<string, LoraTarget>(StringComparer.Ordinal);
        var ldm = part.Name == ModelComponent.UNet ? LdmUNetNames.OfDiffusers(part.Parameters.Keys.ToHashSet()) : null;
        foreach (var (name, shape) in part.Parameters)
        {
            if (shape.Count < 2 || !name.EndsWith(WeightEnding, StringComparison.Ordinal))
            {
                continue;
            }

            var target = new LoraTarget(part.Name, name, shape);
            var layer = Flat(name[..^WeightEnding.Length]);
            targets[layer] = target;
            if (ldm?.ToSingleFile(name) is { } other)
            {
                targets[Flat(other[..^WeightEnding.Length])] = target;
            }
            else if (layer.StartsWith(TextModelPrefix, StringComparison.Ordinal))
            {
                targets[layer[TextModelPrefix.Length..]] = target;
            }
        }

        return targets;
    }

    // kohya writes an underscore for every dot, after which they can't be told from those within a word.
    private static string Flat(string layer) => layer.Replace('.', '_');
}
