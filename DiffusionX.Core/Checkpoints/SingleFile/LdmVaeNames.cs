namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// The names of a VAE's layers in the code of latent diffusion (CompVis/latent-diffusion, diffusionmodules/model.py) and those in
/// diffusers.
/// </summary>
internal static class LdmVaeNames
{
    /// <summary>More levels than any VAE has; those beyond have no names.</summary>
    private const int MaxLevels = 16;

    private static readonly (string Ldm, string Diffusers)[] Edges =
    [
        ("conv_in", "conv_in"),
        ("norm_out", "conv_norm_out"),
        ("conv_out", "conv_out"),
        ("mid.attn_1.norm", "mid_block.attentions.0.group_norm"),
        ("mid.attn_1.q", "mid_block.attentions.0.to_q"),
        ("mid.attn_1.k", "mid_block.attentions.0.to_k"),
        ("mid.attn_1.v", "mid_block.attentions.0.to_v"),
        ("mid.attn_1.proj_out", "mid_block.attentions.0.to_out.0"),
        ("mid.attn_1.to_q", "mid_block.attentions.0.to_q"),
        ("mid.attn_1.to_k", "mid_block.attentions.0.to_k"),
        ("mid.attn_1.to_v", "mid_block.attentions.0.to_v"),
        ("mid.attn_1.to_out.0", "mid_block.attentions.0.to_out.0"),
    ];

    /// <summary>The names of a VAE of which those in the single file are known.</summary>
    public static NameTable OfLdm(IReadOnlyCollection<string> names)
    {
        var levels = Math.Min(MaxLevels, NameTable.CountAfter(names, "encoder.down."));
        var table = new NameTable();
        table.Add("quant_conv", "quant_conv");
        table.Add("post_quant_conv", "post_quant_conv");
        AddHalf(table, names, "encoder", levels, level => ($"down.{level}", $"down_blocks.{level}"), ("downsample", "downsamplers.0"));

        // The decoder's levels are counted from the picture's resolution in the one, and from the latent's in the other.
        AddHalf(table, names, "decoder", levels, level => ($"up.{level}", $"up_blocks.{levels - 1 - level}"), ("upsample", "upsamplers.0"));
        return table;
    }

    private static void AddHalf(
        NameTable table,
        IReadOnlyCollection<string> names,
        string half,
        int levels,
        Func<int, (string Ldm, string Diffusers)> blockOf,
        (string Ldm, string Diffusers) resampling)
    {
        foreach (var (ldm, diffusers) in Edges)
        {
            table.Add($"{half}.{ldm}", $"{half}.{diffusers}");
        }

        AddResnet(table, $"{half}.mid.block_1", $"{half}.mid_block.resnets.0");
        AddResnet(table, $"{half}.mid.block_2", $"{half}.mid_block.resnets.1");
        for (var level = 0; level < levels; level++)
        {
            var (ldm, diffusers) = blockOf(level);
            var layers = NameTable.CountAfter(names, $"{half}.{ldm}.block.");
            for (var layer = 0; layer < layers; layer++)
            {
                AddResnet(table, $"{half}.{ldm}.block.{layer}", $"{half}.{diffusers}.resnets.{layer}");
            }

            table.Add($"{half}.{ldm}.{resampling.Ldm}", $"{half}.{diffusers}.{resampling.Diffusers}");
        }
    }

    private static void AddResnet(NameTable table, string ldm, string diffusers)
    {
        table.Add(ldm, diffusers);
        table.Add($"{ldm}.nin_shortcut", $"{diffusers}.conv_shortcut");
    }
}
