using static TorchSharp.torch;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>
/// A LoRA: a small file of changes to a model's layers, with the names of kohya's scripts or those of diffusers and PEFT. Its contents'
/// hash is its identity, whatever it is called.
/// </summary>
internal sealed class LoraFile : IDisposable
{
    private const int ListedAtMost = 10;

    private readonly SafetensorsFile file;
    private readonly Dictionary<LoraLayerName, Dictionary<LoraRole, TensorEntry>> layers = [];
    private readonly LoraScaling scaling;
    private string? hash;

    private LoraFile(SafetensorsFile file)
    {
        this.file = file;
        scaling = LoraScaling.Of(file);
        Parse();
    }

    /// <summary>The file.</summary>
    public string Path => file.Description;

    /// <summary>SHA-256 of the file, 64 hexadecimal digits. Computed when it is asked for first, which reads the whole file.</summary>
    /// <exception cref="CheckpointException">The file can't be read.</exception>
    public string Hash => hash ??= file.ContentHash();

    /// <summary>Opens a file and reads which layers it changes.</summary>
    /// <param name="path">A .safetensors file.</param>
    /// <exception cref="CheckpointException">The file can't be read, is damaged, or is no LoRA.</exception>
    public static LoraFile Open(string path)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            return new LoraFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>Finds the weights of a model that the LoRA changes.</summary>
    /// <exception cref="CheckpointException">The model lacks some, or has them in another shape.</exception>
    internal IReadOnlyList<LoraLayer> Match(LoraTargets targets)
    {
        var matched = new List<LoraLayer>();
        var unknown = new List<string>();
        var misshapen = new List<string>();
        foreach (var (layer, tensors) in layers)
        {
            var (down, up) = (tensors[LoraRole.Down], tensors[LoraRole.Up]);
            var candidates = targets.Find(layer).ToArray();
            if (candidates.Length == 0)
            {
                unknown.Add(TensorEntry.Shown(down.Name));
            }
            else if (Array.Find(candidates, target => LoraLayer.Fits(target, down, up)) is { } target)
            {
                matched.Add(new LoraLayer(target, down, up, Scale(layer, tensors)));
            }
            else
            {
                misshapen.Add($"{down} and {up} for {candidates[0].Name} [{string.Join(", ", candidates[0].Shape)}]");
            }
        }

        return unknown.Count + misshapen.Count == 0
            ? matched
            : throw new CheckpointException(
                $"{Path} was made for another model. {List("layers that this one lacks", unknown)}"
                + List("layers of another shape", misshapen).TrimEnd());
    }

    /// <summary>Adds a layer's change to its weight.</summary>
    internal void Add(LoraLayer layer, Tensor weight, double strength) => layer.AddTo(weight, file, strength);

    private static string List(string what, List<string> names) => names.Count == 0
        ? ""
        : $"{names.Count} {what}: {string.Join(", ", names.Take(ListedAtMost))}{(names.Count > ListedAtMost ? " …" : "")}. ";

    private void Parse()
    {
        var unknown = new List<string>();
        foreach (var entry in file.Tensors.Values)
        {
            if (LoraNames.OtherMethod(entry.Name) is { } method)
            {
                throw new CheckpointException(
                    $"{Path} is {method} ('{TensorEntry.Shown(entry.Name)}'), which is not supported; "
                    + "LoRAs of linear layers and of convolutions are.");
            }

            if (!LoraNames.TryParse(entry.Name, out var layer, out var role) || !TensorsOf(layer).TryAdd(role, entry))
            {
                unknown.Add(entry.ToString());
            }
        }

        if (unknown.Count > 0 || layers.Count == 0)
        {
            throw new CheckpointException(layers.Count == 0
                ? $"{Path} is no LoRA: none of its {file.Tensors.Count} tensors is one's."
                : $"{Path}: {List("tensors are no LoRA's", unknown)}".TrimEnd());
        }

        CheckThatLayersAreWhole();
    }

    private Dictionary<LoraRole, TensorEntry> TensorsOf(LoraLayerName layer) =>
        layers.TryGetValue(layer, out var tensors) ? tensors : layers[layer] = [];

    private void CheckThatLayersAreWhole()
    {
        var broken = layers.Where(layer => !layer.Value.ContainsKey(LoraRole.Down) || !layer.Value.ContainsKey(LoraRole.Up))
            .Select(layer => layer.Value.Values.First().ToString())
            .ToList();
        if (broken.Count > 0)
        {
            throw new CheckpointException($"{Path}: {List("layers lack one of their two matrices", broken)}".TrimEnd());
        }
    }

    private double Scale(LoraLayerName layer, Dictionary<LoraRole, TensorEntry> tensors)
    {
        var rank = tensors[LoraRole.Down].Shape[0];
        return tensors.TryGetValue(LoraRole.Alpha, out var alpha) ? ReadNumber(alpha) / rank : scaling.Of(layer, rank);
    }

    private double ReadNumber(TensorEntry entry)
    {
        if (entry.Count != 1)
        {
            throw new CheckpointException($"{Path}: {entry} has to be one number.");
        }

        using var scope = NewDisposeScope();
        var number = file.Read(entry.Name).to(ScalarType.Float64).item<double>();
        return double.IsFinite(number) ? number : throw new CheckpointException($"{Path}: {entry} is no finite number.");
    }
}

/// <summary>A LoRA and how much of it.</summary>
/// <param name="File">The LoRA.</param>
/// <param name="Strength">1 for as much as it was trained for; negative for the opposite.</param>
internal sealed record WeightedLora(LoraFile File, double Strength);
