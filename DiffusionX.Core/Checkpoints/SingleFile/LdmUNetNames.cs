namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// The names of a UNet's layers in the code of latent diffusion (CompVis/latent-diffusion, diffusionmodules/openaimodel.py), which single
/// files and kohya's LoRAs of Stable Diffusion XL have, and those in diffusers. There blocks are counted through, here they are grouped by
/// level.
/// </summary>
internal static class LdmUNetNames
{
    /// <summary>More blocks than any UNet has on one way.</summary>
    private const int MaxBlocks = 256;

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

    /// <summary>The names of a UNet of which diffusers' are known.</summary>
    public static NameTable OfDiffusers(IReadOnlySet<string> names) => Create(
        NameTable.CountAfter(names, "down_blocks."),
        NameTable.CountAfter(names, "down_blocks.0.resnets."),
        level => names.Contains($"up_blocks.{level}.attentions.0.norm.weight"));

    /// <summary>The names of a UNet of which those in the single file are known.</summary>
    /// <param name="names">Without the prefix <c>model.diffusion_model.</c></param>
    /// <param name="source">Where they come from, for messages.</param>
    /// <exception cref="CheckpointException">These are no names of a UNet whose levels have equally many layers.</exception>
    public static NameTable OfLdm(IReadOnlySet<string> names, string source)
    {
        var inputs = NameTable.CountAfter(names, "input_blocks.");
        var outputs = NameTable.CountAfter(names, "output_blocks.");
        var levels = Enumerable.Range(0, Math.Min(inputs, MaxBlocks)).Count(Shrinks) + 1;
        var layers = (inputs / levels) - 1;
        var isRegular = inputs <= MaxBlocks && layers > 0 && inputs == levels * (layers + 1) && outputs == inputs
            && Enumerable.Range(1, levels - 1).All(level => Shrinks(level * (layers + 1)));
        return isRegular
            ? Create(levels, layers, level => names.Contains($"output_blocks.{level * (layers + 1)}.1.norm.weight"))
            : throw new CheckpointException(
                $"{source}: the UNet of this single file has {inputs} blocks on the way down and {outputs} on the way up, "
                + "which are no levels of equally many layers. The file is cut short, or of another kind of model.");

        bool Shrinks(int block) => names.Contains($"input_blocks.{block}.0.op.weight");
    }

    private static NameTable Create(int levels, int layersPerBlock, Func<int, bool> upAttends)
    {
        var table = new NameTable();
        foreach (var (ldm, diffusers) in Fixed)
        {
            table.Add(ldm, diffusers);
        }

        AddResnet(table, "middle_block.0", "mid_block.resnets.0");
        AddResnet(table, "middle_block.2", "mid_block.resnets.1");
        for (var level = 0; level < levels; level++)
        {
            AddDownBlock(table, level, layersPerBlock);
            AddUpBlock(table, level, layersPerBlock + 1, upAttends(level));
        }

        return table;
    }

    private static void AddDownBlock(NameTable table, int level, int layers)
    {
        var first = (level * (layers + 1)) + 1;
        for (var layer = 0; layer < layers; layer++)
        {
            AddResnet(table, $"input_blocks.{first + layer}.0", $"down_blocks.{level}.resnets.{layer}");
            table.Add($"input_blocks.{first + layer}.1", $"down_blocks.{level}.attentions.{layer}");
        }

        table.Add($"input_blocks.{first + layers}.0.op", $"down_blocks.{level}.downsamplers.0.conv");
    }

    // A level's last block ends with what doubles the resolution, which follows the attention where there is one.
    private static void AddUpBlock(NameTable table, int level, int layers, bool attends)
    {
        var first = level * layers;
        for (var layer = 0; layer < layers; layer++)
        {
            AddResnet(table, $"output_blocks.{first + layer}.0", $"up_blocks.{level}.resnets.{layer}");
            if (attends)
            {
                table.Add($"output_blocks.{first + layer}.1", $"up_blocks.{level}.attentions.{layer}");
            }
        }

        table.Add($"output_blocks.{first + layers - 1}.{(attends ? 2 : 1)}.conv", $"up_blocks.{level}.upsamplers.0.conv");
    }

    private static void AddResnet(NameTable table, string ldm, string diffusers)
    {
        foreach (var (ldmLayer, diffusersLayer) in Resnet)
        {
            table.Add($"{ldm}.{ldmLayer}", $"{diffusers}.{diffusersLayer}");
        }
    }
}
