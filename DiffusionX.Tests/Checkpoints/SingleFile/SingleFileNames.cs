using System.Globalization;
using System.Text.RegularExpressions;

namespace DiffusionX.Tests.Checkpoints.SingleFile;

/// <summary>The names that single files have for the tensors of folders, by rules that are written here a second time.</summary>
internal static partial class SingleFileNames
{
    private static readonly (string Diffusers, string Ldm)[] ResnetLayers =
    [
        ("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("time_emb_proj", "emb_layers.1"), ("norm2", "out_layers.0"), ("conv2", "out_layers.3"),
        ("conv_shortcut", "skip_connection"),
    ];

    private static readonly (string Diffusers, string Ldm)[] UNetEdges =
    [
        ("conv_in.", "input_blocks.0.0."), ("conv_norm_out.", "out.0."), ("conv_out.", "out.2."), ("time_embedding.linear_1.", "time_embed.0."),
        ("time_embedding.linear_2.", "time_embed.2."), ("add_embedding.linear_1.", "label_emb.0.0."), ("add_embedding.linear_2.", "label_emb.0.2."),
    ];

    /// <summary>A UNet's tensor, without the prefix of the file.</summary>
    /// <param name="name">Its name in diffusers.</param>
    /// <param name="layers">Layers of a level on the way down.</param>
    /// <param name="upAttends">Whether a level attends on the way up.</param>
    public static string UNet(string name, int layers, Func<int, bool> upAttends)
    {
        var block = UNetBlock().Match(name);
        if (!block.Success)
        {
            return Replace(name, UNetEdges);
        }

        var (level, layer) = (Number(block, "level"), Number(block, "layer"));
        var (place, rest) = (block.Groups["place"].Value, block.Groups["rest"].Value);
        var (down, up) = ((level * (layers + 1)) + 1 + layer, (level * (layers + 1)) + layer);
        return (block.Groups["way"].Value, place) switch
        {
            ("down_blocks", "resnets") => $"input_blocks.{down}.0.{Resnet(rest)}",
            ("down_blocks", "attentions") => $"input_blocks.{down}.1.{rest}",
            ("down_blocks", _) => $"input_blocks.{(level + 1) * (layers + 1)}.0.op.{rest["conv.".Length..]}",
            ("mid_block", "resnets") => $"middle_block.{layer * 2}.{Resnet(rest)}",
            ("mid_block", _) => $"middle_block.1.{rest}",
            (_, "resnets") => $"output_blocks.{up}.0.{Resnet(rest)}",
            (_, "attentions") => $"output_blocks.{up}.1.{rest}",
            _ => $"output_blocks.{(level * (layers + 1)) + layers}.{(upAttends(level) ? 2 : 1)}.{rest}",
        };
    }

    /// <summary>A VAE's tensor, without the prefix of the file.</summary>
    public static string Vae(string name, int levels)
    {
        var renamed = Replace(
            name,
            [
                ("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"), ("mid_block.attentions.0", "mid.attn_1"), ("group_norm", "norm"),
                ("to_out.0", "proj_out"), (".to_", "."), ("conv_norm_out", "norm_out"), ("conv_shortcut", "nin_shortcut"), (".downsamplers.0", ".downsample"),
                (".upsamplers.0", ".upsample"), (".resnets.", ".block."), ("down_blocks.", "down."),
            ]);
        return UpBlock().Replace(renamed, match => $"up.{levels - 1 - Number(match, "level")}");
    }

    /// <summary>Whether a VAE's tensor is a matrix, for which the file has a 1×1 convolution.</summary>
    public static bool IsVaeMatrix(string name) => VaeMatrix().IsMatch(name);

    /// <summary>
    /// A text encoder's tensor in OpenCLIP; null for the key's and the value's projections, which the query's is joined with.
    /// </summary>
    public static string? OpenClip(string name)
    {
        if (Projection().Match(name) is not { Success: true } match)
        {
            return Replace(
                name,
                [
                    ("text_model.encoder.layers.", "transformer.resblocks."), ("text_model.embeddings.token_embedding", "token_embedding"),
                    ("text_model.embeddings.position_embedding.weight", "positional_embedding"), ("text_model.final_layer_norm", "ln_final"), ("layer_norm", "ln_"),
                    ("self_attn.out_proj", "attn.out_proj"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"), ("text_projection.weight", "text_projection"),
                ]);
        }

        return match.Groups["projection"].Value == "q" ? $"transformer.resblocks.{match.Groups["layer"].Value}.attn.in_proj_{match.Groups["kind"].Value}" : null;
    }

    /// <summary>
    /// The query's, the key's and the value's projections, of which a text encoder's tensor is the first; null for all other tensors.
    /// </summary>
    public static string[]? Joined(string name) => Projection().IsMatch(name)
        ? [name, name.Replace("q_proj", "k_proj", StringComparison.Ordinal), name.Replace("q_proj", "v_proj", StringComparison.Ordinal)]
        : null;

    private static string Resnet(string rest)
    {
        var (diffusers, ldm) = ResnetLayers.First(layer => rest.StartsWith(layer.Diffusers + ".", StringComparison.Ordinal));
        return ldm + rest[diffusers.Length..];
    }

    private static string Replace(string name, (string Old, string New)[] replacements) =>
        replacements.Aggregate(name, (current, replacement) => current.Replace(replacement.Old, replacement.New, StringComparison.Ordinal));

    private static int Number(Match match, string group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?<way>down_blocks|mid_block|up_blocks)\.((?<level>\d)\.)?(?<place>resnets|attentions|downsamplers|upsamplers)\.(?<layer>\d)\.(?<rest>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex UNetBlock();

    [GeneratedRegex(@"up_blocks\.(?<level>\d)")]
    private static partial Regex UpBlock();

    [GeneratedRegex(@"attentions\.0\.to_.*weight$")]
    private static partial Regex VaeMatrix();

    [GeneratedRegex(@"layers\.(?<layer>\d+)\.self_attn\.(?<projection>[qkv])_proj\.(?<kind>weight|bias)$")]
    private static partial Regex Projection();
}
