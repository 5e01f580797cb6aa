using System.Globalization;
using System.Text.RegularExpressions;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.SingleFile;

/// <summary>Small models of all families as single files. Each of their weights is a hash of its name in diffusers' layout.</summary>
internal static partial class MiniSingleFile
{
    private const string UNetPrefix = "model.diffusion_model.";
    private const int Levels = 2;

    private static readonly AutoencoderKLConfig VaeConfig = new() { BlockOutChannels = [32, 32], LayersPerBlock = 1 };

    private static readonly (string Diffusers, string Ldm)[] ResnetLayers =
    [
        ("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("time_emb_proj", "emb_layers.1"), ("norm2", "out_layers.0"), ("conv2", "out_layers.3"),
        ("conv_shortcut", "skip_connection"),
    ];

    /// <summary>The tensors of a Stable Diffusion 1, for the current scope to dispose.</summary>
    /// <param name="textPrefix">What the text encoder's names begin with, in place of transformers' <c>text_model.</c></param>
    /// <param name="latentChannels">Channels that the UNet takes: 4, or 9 for inpainting.</param>
    public static Dictionary<string, Tensor> StableDiffusion1(string textPrefix = "cond_stage_model.transformer.text_model.", int latentChannels = 4) =>
        Join(UNet(linear: false, latentChannels), Vae(), Rename(Text(), name => name.Replace("text_model.", textPrefix, StringComparison.Ordinal)));

    /// <summary>The tensors of a Stable Diffusion 2, whose text encoder has a layer more than what the UNet attends to.</summary>
    public static Dictionary<string, Tensor> StableDiffusion2(string textPrefix = "cond_stage_model.model.") =>
        Join(UNet(linear: true), Vae(), Rename(OpenClip(Text()), name => textPrefix + name));

    /// <summary>A SD1-like UNet with latent diffusion's names.</summary>
    public static Dictionary<string, Tensor> UNet(bool linear, int latentChannels = 4)
    {
        using var unet = new UNet2DConditionModel(new UNet2DConditionConfig
        {
            InChannels = latentChannels,
            BlockOutChannels = [32, 64],
            AttentionHeads = linear ? [1, 1] : [8, 8],
            DownAttends = [true, false],
            UpAttends = [false, true],
            LayersPerBlock = 1,
            CrossAttentionDim = 32,
            UseLinearProjection = linear,
        });
        return Rename(Fill(unet), name => UNetPrefix + ToLdmUNet(name));
    }

    /// <summary>A VAE with latent diffusion's names.</summary>
    public static Dictionary<string, Tensor> Vae(string prefix = "first_stage_model.")
    {
        using var vae = new AutoencoderKL(VaeConfig);
        return Fill(vae).ToDictionary(pair => prefix + ToLdmVae(pair.Key), pair => AttentionMatrix().IsMatch(pair.Key) ? pair.Value.unsqueeze(-1).unsqueeze(-1) : pair.Value);
    }

    /// <summary>A VAE with diffusers' names.</summary>
    public static Dictionary<string, Tensor> DiffusersVae()
    {
        using var vae = new AutoencoderKL(VaeConfig);
        return Fill(vae);
    }

    /// <summary>A text encoder of three layers with transformers' names.</summary>
    public static Dictionary<string, Tensor> Text(int? projection = null)
    {
        using var text = new ClipTextModel(new ClipTextConfig { HiddenSize = 32, IntermediateSize = 64, Layers = 3, Heads = 1, VocabularySize = 514, ProjectionDim = projection });
        return Fill(text);
    }

    /// <summary>A text encoder with OpenCLIP's names.</summary>
    public static Dictionary<string, Tensor> OpenClip(Dictionary<string, Tensor> text)
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, tensor) in text)
        {
            if (Projection().Match(name) is not { Success: true } match)
            {
                tensors[ToOpenClip(name)] = name == "text_projection.weight" ? tensor.t() : tensor;
            }
            else if (match.Groups["projection"].Value == "q")
            {
                string[] joined = [name, name.Replace("q_proj", "k_proj", StringComparison.Ordinal), name.Replace("q_proj", "v_proj", StringComparison.Ordinal)];
                tensors[$"transformer.resblocks.{match.Groups["layer"].Value}.attn.in_proj_{match.Groups["kind"].Value}"] = cat([.. joined.Select(part => text[part])]);
            }
        }

        return tensors;
    }

    /// <summary>Writes tensors to a file.</summary>
    public static string Write(TemporaryFolder folder, Dictionary<string, Tensor> tensors, Dictionary<string, string>? metadata = null, string name = "model.safetensors")
    {
        SafetensorsWriter.Save(folder.File(name), tensors, metadata);
        return folder.File(name);
    }

    private static Dictionary<string, Tensor> Join(params Dictionary<string, Tensor>[] parts) => parts.SelectMany(part => part).ToDictionary();

    private static Dictionary<string, Tensor> Rename(Dictionary<string, Tensor> tensors, Func<string, string> rename) =>
        tensors.ToDictionary(pair => rename(pair.Key), pair => pair.Value);

    private static Dictionary<string, Tensor> Fill(nn.Module module)
    {
        HashWeights.Fill(module);
        return module.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
    }

    // One layer a level: the blocks on the way down are the convolution, a level, its halving, the other level.
    private static string ToLdmUNet(string name)
    {
        var block = UNetBlock().Match(name);
        if (!block.Success)
        {
            return name.Replace("conv_in.", "input_blocks.0.0.", StringComparison.Ordinal).Replace("conv_norm_out.", "out.0.", StringComparison.Ordinal)
                .Replace("conv_out.", "out.2.", StringComparison.Ordinal).Replace("time_embedding.linear_1.", "time_embed.0.", StringComparison.Ordinal)
                .Replace("time_embedding.linear_2.", "time_embed.2.", StringComparison.Ordinal);
        }

        var level = Number(block, "level");
        var layer = Number(block, "layer");
        var (place, rest) = (block.Groups["place"].Value, block.Groups["rest"].Value);
        return (block.Groups["way"].Value, place) switch
        {
            ("down_blocks", "resnets") => $"input_blocks.{(level * 2) + 1}.0.{ToLdmResnet(rest)}",
            ("down_blocks", "attentions") => $"input_blocks.{(level * 2) + 1}.1.{rest}",
            ("down_blocks", _) => $"input_blocks.{(level * 2) + 2}.0.op.{rest["conv.".Length..]}",
            ("mid_block", "resnets") => $"middle_block.{layer * 2}.{ToLdmResnet(rest)}",
            ("mid_block", _) => $"middle_block.1.{rest}",
            (_, "resnets") => $"output_blocks.{(level * 2) + layer}.0.{ToLdmResnet(rest)}",
            (_, "attentions") => $"output_blocks.{(level * 2) + layer}.1.{rest}",
            _ => $"output_blocks.{(level * 2) + 1}.1.{rest}",
        };
    }

    private static string ToLdmResnet(string rest)
    {
        var (diffusers, ldm) = ResnetLayers.First(layer => rest.StartsWith(layer.Diffusers + ".", StringComparison.Ordinal));
        return ldm + rest[diffusers.Length..];
    }

    private static string ToLdmVae(string name)
    {
        var renamed = name.Replace("mid_block.resnets.0", "mid.block_1", StringComparison.Ordinal).Replace("mid_block.resnets.1", "mid.block_2", StringComparison.Ordinal)
            .Replace("mid_block.attentions.0", "mid.attn_1", StringComparison.Ordinal).Replace("group_norm", "norm", StringComparison.Ordinal)
            .Replace("to_out.0", "proj_out", StringComparison.Ordinal).Replace(".to_", ".", StringComparison.Ordinal).Replace("conv_norm_out", "norm_out", StringComparison.Ordinal)
            .Replace("conv_shortcut", "nin_shortcut", StringComparison.Ordinal).Replace(".downsamplers.0", ".downsample", StringComparison.Ordinal)
            .Replace(".upsamplers.0", ".upsample", StringComparison.Ordinal).Replace(".resnets.", ".block.", StringComparison.Ordinal)
            .Replace("down_blocks.", "down.", StringComparison.Ordinal);
        return UpBlock().Replace(renamed, match => $"up.{Levels - 1 - Number(match, "level")}");
    }

    private static string ToOpenClip(string name) => name.Replace("text_model.encoder.layers.", "transformer.resblocks.", StringComparison.Ordinal)
        .Replace("text_model.embeddings.token_embedding", "token_embedding", StringComparison.Ordinal)
        .Replace("text_model.embeddings.position_embedding.weight", "positional_embedding", StringComparison.Ordinal)
        .Replace("text_model.final_layer_norm", "ln_final", StringComparison.Ordinal).Replace("layer_norm", "ln_", StringComparison.Ordinal)
        .Replace("self_attn.out_proj", "attn.out_proj", StringComparison.Ordinal).Replace("mlp.fc1", "mlp.c_fc", StringComparison.Ordinal)
        .Replace("mlp.fc2", "mlp.c_proj", StringComparison.Ordinal).Replace("text_projection.weight", "text_projection", StringComparison.Ordinal);

    private static int Number(Match match, string group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?<way>down_blocks|mid_block|up_blocks)\.((?<level>\d)\.)?(?<place>resnets|attentions|downsamplers|upsamplers)\.(?<layer>\d)\.(?<rest>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex UNetBlock();

    [GeneratedRegex(@"up_blocks\.(?<level>\d)")]
    private static partial Regex UpBlock();

    [GeneratedRegex(@"attentions\.0\.to_.*weight$")]
    private static partial Regex AttentionMatrix();

    [GeneratedRegex(@"layers\.(?<layer>\d)\.self_attn\.(?<projection>[qkv])_proj\.(?<kind>weight|bias)$")]
    private static partial Regex Projection();
}
