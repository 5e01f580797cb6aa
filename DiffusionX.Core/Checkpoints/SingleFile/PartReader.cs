namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// Finds the tensors of a model's parts in a file, under the names that diffusers and transformers have for them. What belongs to no part,
/// and what is not known to be of no use, is kept as unknown.
/// </summary>
internal sealed class PartReader(SafetensorsFile file)
{
    private const string TextModel = "text_model.";
    private const string TextProjection = "text_projection";
    private const string LayersOfText = "text_model.encoder.layers.";

    // Layers that SD 2's tower has without its last one, which is left out where it is there.
    private const int LayersWithoutLast = 23;
    private const int WidthOfThatTower = 1024;

    private static readonly string[] TextLayers = ["embeddings.", "encoder.layers.", "final_layer_norm."];

    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>The names of the tensors that belong to no part that was read, and are not known to be of no use.</summary>
    public IReadOnlyList<string> Unknown => [.. file.Tensors.Keys.Where(name => !taken.Contains(name) && !KnownExtras.Contains(name))];

    /// <summary>Whether the file has tensors whose names begin so.</summary>
    public bool Has(string prefix) => file.Tensors.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Takes the tensors whose names begin so for a part that is read from elsewhere.</summary>
    public void PassOver(string? prefix)
    {
        if (prefix is not null)
        {
            taken.UnionWith(Under(prefix).Select(pair => pair.Entry.Name));
        }
    }

    /// <summary>A UNet with latent diffusion's names.</summary>
    public IReadOnlyList<ViewedTensor> UNet(string prefix)
    {
        var names = LdmUNetNames.OfLdm(Under(prefix).Select(pair => pair.Name).ToHashSet(StringComparer.Ordinal), file.Description);
        return Read(prefix, (name, entry) => Renamed(names.ToDiffusers(name), entry));
    }

    /// <summary>A VAE, with latent diffusion's names or those of diffusers.</summary>
    public IReadOnlyList<ViewedTensor> Vae(string prefix)
    {
        if (Has($"{prefix}encoder.down_blocks."))
        {
            return Read(prefix, (name, entry) => Renamed(name, entry));
        }

        var names = LdmVaeNames.OfLdm([.. Under(prefix).Select(pair => pair.Name)]);
        return Read(prefix, (name, entry) => Renamed(names.ToDiffusers(name), WithoutKernel(entry)));
    }

    /// <summary>A text encoder, with transformers' names or those of OpenCLIP.</summary>
    /// <param name="prefix">What its names begin with.</param>
    /// <param name="withoutLast">Whether its last layer is left out, as SD 2 attends to the last but one.</param>
    /// <param name="projected">Whether its projection is read.</param>
    public IReadOnlyList<ViewedTensor> Text(string prefix, bool withoutLast, bool projected) => Has(prefix + OpenClipNames.Layers)
        ? OpenClipText(prefix, withoutLast, projected)
        : Read(prefix, (name, entry) => TransformersText(name, entry, projected));

    private static IEnumerable<ViewedTensor> TransformersText(string name, TensorEntry entry, bool projected)
    {
        var bare = name.StartsWith(TextModel, StringComparison.Ordinal) ? name[TextModel.Length..] : name;
        var isLayer = TextLayers.Any(layer => bare.StartsWith(layer, StringComparison.Ordinal)) && !KnownExtras.Contains(name);
        return Renamed(isLayer ? TextModel + bare : projected && name == $"{TextProjection}.weight" ? name : null, entry);
    }

    private static IEnumerable<ViewedTensor> Renamed(string? name, TensorEntry entry) =>
        name is null ? [] : [new ViewedTensor(entry with { Name = name }, entry.Name)];

    // The VAE's attention is made of 1×1 convolutions in the one, and of linear layers in the other.
    private static TensorEntry WithoutKernel(TensorEntry entry) =>
        entry.Shape is [var outputs, var inputs, 1, 1] && entry.Name.Contains(".attn_1.", StringComparison.Ordinal)
            ? entry with { Shape = [outputs, inputs] }
            : entry;

    private IReadOnlyList<ViewedTensor> OpenClipText(string prefix, bool withoutLast, bool projected)
    {
        var layers = NameTable.CountAfter(Under(prefix).Select(pair => pair.Name), OpenClipNames.Layers);
        var width = file.Tensors.GetValueOrDefault($"{prefix}ln_final.weight")?.Shape[0];
        var kept = withoutLast && !(layers == LayersWithoutLast && width == WidthOfThatTower) ? layers - 1 : layers;
        var names = OpenClipNames.Create(layers);
        var tensors = Read(prefix, (name, entry) => OpenClipTensor(names, name, entry, projected));
        return [.. tensors.Where(tensor => LayerOf(tensor.Entry.Name) < kept)];
    }

    private IEnumerable<ViewedTensor> OpenClipTensor(NameTable names, string name, TensorEntry entry, bool projected) => name switch
    {
        TextProjection => projected && entry.Shape is [var inputs, var outputs]
            ? [new ViewedTensor(entry with { Name = $"{TextProjection}.weight", Shape = [outputs, inputs] }, entry.Name, Transposed: true)]
            : [],
        $"{TextProjection}.weight" => Renamed(projected ? name : null, entry),
        _ when name.Contains(OpenClipNames.JoinedProjection, StringComparison.Ordinal) => SplitProjection(name, entry),
        _ => Renamed(names.ToDiffusers(name), entry),
    };

    // transformer.resblocks.0.attn.in_proj_weight [3·width, width]
    private IEnumerable<ViewedTensor> SplitProjection(string name, TensorEntry entry)
    {
        string[] projections = ["q_proj", "k_proj", "v_proj"];
        if (!name.StartsWith(OpenClipNames.Layers, StringComparison.Ordinal) || entry.Shape.Count == 0 || entry.Shape[0] % projections.Length != 0)
        {
            throw new CheckpointException(
                $"{file.Description}: {entry} of this single file has to join a text encoder's queries, keys and values.");
        }

        var layer = name[OpenClipNames.Layers.Length..].Split('.', 2)[0];
        var kind = name[(name.IndexOf(OpenClipNames.JoinedProjection, StringComparison.Ordinal) + OpenClipNames.JoinedProjection.Length)..];
        long[] shape = [entry.Shape[0] / projections.Length, .. entry.Shape.Skip(1)];
        return projections.Select((projection, i) => new ViewedTensor(
            new TensorEntry($"{LayersOfText}{layer}.self_attn.{projection}.{kind}", entry.DType, shape),
            entry.Name,
            FirstElement: i * (entry.Count / projections.Length)));
    }

    private static int LayerOf(string name) =>
        name.StartsWith(LayersOfText, StringComparison.Ordinal) && int.TryParse(name[LayersOfText.Length..].Split('.', 2)[0], out var layer) ? layer : -1;

    private IEnumerable<(string Name, TensorEntry Entry)> Under(string prefix) => file.Tensors
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        .Select(pair => (pair.Key[prefix.Length..], pair.Value));

    private List<ViewedTensor> Read(string prefix, Func<string, TensorEntry, IEnumerable<ViewedTensor>> view)
    {
        var tensors = new List<ViewedTensor>();
        foreach (var (name, entry) in Under(prefix))
        {
            var before = tensors.Count;
            tensors.AddRange(view(name, entry));
            if (tensors.Count > before)
            {
                taken.Add(entry.Name);
            }
        }

        return tensors;
    }
}
