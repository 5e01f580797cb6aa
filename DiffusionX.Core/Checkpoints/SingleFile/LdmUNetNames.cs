using System.Globalization;

namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// The names of a UNet's layers in the code of latent diffusion (CompVis/latent-diffusion, openaimodel.py), which single files and kohya's LoRAs of
/// Stable Diffusion XL use, and those in diffusers. There blocks are counted through, here they are grouped by level.
/// </summary>
internal sealed class LdmUNetNames
{
    private static readonly (string Ldm, string Diffusers)[] Fixed =
    [
        ("input_blocks.0.0", "conv_in"),
        ("time_embed.0", "time_embedding.linear_1"),
        ("time_embed.2", "time_embedding.linear_2"),
        ("label_emb.0.0", "add_embedding.linear_1"),
        ("label_emb.0.2", "add_embedding.linear_2"),
        ("middle_block.1", "mid_block.attentions.0"),
        ("out.0", "conv_norm_out"),
        ("out.2", "conv_out"),
    ];

    private static readonly (string Ldm, string Diffusers)[] Resnet =
    [
        ("in_layers.0", "norm1"),
        ("in_layers.2", "conv1"),
        ("emb_layers.1", "time_emb_proj"),
        ("out_layers.0", "norm2"),
        ("out_layers.3", "conv2"),
        ("skip_connection", "conv_shortcut"),
    ];

    private readonly Dictionary<string, string> toDiffusers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> toLdm = new(StringComparer.Ordinal);

    private LdmUNetNames(int levels, int layersPerBlock, Func<int, bool> upAttends)
    {
        foreach (var (ldm, diffusers) in Fixed)
        {
            Add(ldm, diffusers);
        }

        AddResnet("middle_block.0", "mid_block.resnets.0");
        AddResnet("middle_block.2", "mid_block.resnets.1");
        for (var level = 0; level < levels; level++)
        {
            AddDownBlock(level, layersPerBlock);
            AddUpBlock(level, layersPerBlock + 1, upAttends(level));
        }
    }

    /// <summary>The names of a UNet of which diffusers' are known.</summary>
    public static LdmUNetNames OfDiffusers(IReadOnlyCollection<string> names)
    {
        var levels = CountAfter(names, "down_blocks.");
        return new LdmUNetNames(
            levels,
            CountAfter(names, "down_blocks.0.resnets."),
            level => names.Any(name => name.StartsWith($"up_blocks.{level}.attentions.", StringComparison.Ordinal)));
    }

    /// <summary>The names of a UNet of which those in the single file are known.</summary>
    /// <param name="names">Without the prefix <c>model.diffusion_model.</c></param>
    /// <param name="source">Where they come from, for messages.</param>
    /// <exception cref="CheckpointException">These are no names of a UNet whose levels have equally many layers.</exception>
    public static LdmUNetNames OfLdm(IReadOnlyCollection<string> names, string source)
    {
        var inputs = CountAfter(names, "input_blocks.");
        var shrinking = Enumerable.Range(0, inputs).Where(block => names.Contains($"input_blocks.{block}.0.op.weight")).ToArray();
        var levels = shrinking.Length + 1;
        var layers = (shrinking.Length > 0 ? shrinking[0] : inputs) - 1;
        var regular = shrinking.Select((block, level) => block == (level + 1) * (layers + 1)).All(isThere => isThere)
            && inputs == levels * (layers + 1)
            && CountAfter(names, "output_blocks.") == inputs;
        return regular && layers > 0
            ? new LdmUNetNames(levels, layers, level => HasTransformer(names, $"output_blocks.{level * (layers + 1)}.1."))
            : throw new CheckpointException(
                $"{source}: the single file's UNet has {inputs} blocks on the way down and {CountAfter(names, "output_blocks.")} on the way up, which do not make levels of equally many layers.");
    }

    /// <summary>Whether a block is a transformer, and not one that changes the resolution.</summary>
    public static bool HasTransformer(IEnumerable<string> names, string block) =>
        names.Any(name => name.StartsWith(block + "norm.", StringComparison.Ordinal) || name.StartsWith(block + "proj_in.", StringComparison.Ordinal));

    /// <summary>The number of the different numbers that follow a beginning.</summary>
    public static int CountAfter(IEnumerable<string> names, string beginning) =>
        names.Where(name => name.StartsWith(beginning, StringComparison.Ordinal)).Select(name => name[beginning.Length..].Split('.', 2)[0]).Distinct().Count();

    /// <summary>A tensor's name in diffusers; null for one that the UNet does not have.</summary>
    public string? ToDiffusers(string name) => Translate(toDiffusers, name);

    /// <summary>A tensor's name in the single file; null for one that the UNet does not have.</summary>
    public string? ToLdm(string name) => Translate(toLdm, name);

    // The longest known beginning is exchanged.
    private static string? Translate(Dictionary<string, string> beginnings, string name)
    {
        for (var end = name.Length; end > 0; end = name.LastIndexOf('.', end - 1))
        {
            if (beginnings.TryGetValue(name[..end], out var other))
            {
                return other + name[end..];
            }
        }

        return null;
    }

    private void AddDownBlock(int level, int layers)
    {
        var first = (level * (layers + 1)) + 1;
        for (var layer = 0; layer < layers; layer++)
        {
            AddResnet($"input_blocks.{first + layer}.0", $"down_blocks.{level}.resnets.{layer}");
            Add($"input_blocks.{first + layer}.1", $"down_blocks.{level}.attentions.{layer}");
        }

        Add($"input_blocks.{first + layers}.0.op", $"down_blocks.{level}.downsamplers.0.conv");
    }

    private void AddUpBlock(int level, int layers, bool attends)
    {
        var first = level * layers;
        for (var layer = 0; layer < layers; layer++)
        {
            AddResnet($"output_blocks.{first + layer}.0", $"up_blocks.{level}.resnets.{layer}");
            if (attends)
            {
                Add($"output_blocks.{first + layer}.1", $"up_blocks.{level}.attentions.{layer}");
            }
        }

        Add(string.Create(CultureInfo.InvariantCulture, $"output_blocks.{first + layers - 1}.{(attends ? 2 : 1)}.conv"), $"up_blocks.{level}.upsamplers.0.conv");
    }

    private void AddResnet(string ldm, string diffusers)
    {
        foreach (var (ldmLayer, diffusersLayer) in Resnet)
        {
            Add($"{ldm}.{ldmLayer}", $"{diffusers}.{diffusersLayer}");
        }
    }

    private void Add(string ldm, string diffusers)
    {
        toDiffusers.Add(ldm, diffusers);
        toLdm.Add(diffusers, ldm);
    }
}
