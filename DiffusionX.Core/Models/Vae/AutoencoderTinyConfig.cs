using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Models.Vae;

/// <summary>The shape of an <see cref="AutoencoderTiny"/>. The defaults are TAESD's.</summary>
internal sealed record AutoencoderTinyConfig
{
    private const int WidestLevel = 1 << 14;
    private const int MostLevels = 8;
    private const int MostBlocks = 64;
    private const int MostChannels = 256;

    /// <summary>Latent channels.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Channels of every layer.</summary>
    public int Channels { get; init; } = 64;

    /// <summary>Residual blocks at each resolution of the encoder, the picture's first; 0 for none.</summary>
    public IReadOnlyList<int> EncoderBlocks { get; init; } = [1, 3, 3, 3];

    /// <summary>Residual blocks at each resolution of the decoder, the latent's first; 0 for none.</summary>
    public IReadOnlyList<int> DecoderBlocks { get; init; } = [3, 3, 3, 1];

    /// <summary>
    /// What latents are multiplied by after encoding: 1, since TAESD works on Stable Diffusion's scaled latents as they are.
    /// </summary>
    public double ScalingFactor { get; init; } = 1;

    /// <summary>Reads diffusers' config.json.</summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">A setting is missing, wrong, or asks for maths that is not built here.</exception>
    public static AutoencoderTinyConfig FromJson(JsonElement json, string source)
    {
        var settings = new ConfigReader(json, source);
        var encoderChannels = settings.Integers("encoder_block_out_channels", [64, 64, 64, 64], WidestLevel);
        var decoderChannels = settings.Integers("decoder_block_out_channels", [64, 64, 64, 64], WidestLevel);
        var levels = Math.Max(encoderChannels.Count, decoderChannels.Count);
        if (encoderChannels.Concat(decoderChannels).Distinct().Count() != 1 || levels > MostLevels)
        {
            throw settings.Wrong(
                "encoder_block_out_channels",
                $"and 'decoder_block_out_channels' have to be one number throughout, for at most {MostLevels} levels");
        }

        var config = new AutoencoderTinyConfig
        {
            LatentChannels = settings.Integer("latent_channels", 4, 1, MostChannels),
            Channels = encoderChannels[0],
            EncoderBlocks = settings.Integers("num_encoder_blocks", [1, 3, 3, 3], MostBlocks, least: 0),
            DecoderBlocks = settings.Integers("num_decoder_blocks", [3, 3, 3, 1], MostBlocks, least: 0),
            ScalingFactor = settings.Number("scaling_factor", 1),
        };
        if (config.EncoderBlocks.Count != encoderChannels.Count || config.DecoderBlocks.Count != decoderChannels.Count)
        {
            throw settings.Wrong("num_encoder_blocks", "and 'num_decoder_blocks' need one number for each level");
        }

        settings.Expect("in_channels", 3);
        settings.Expect("out_channels", 3);
        settings.Expect("act_fn", "relu");
        settings.Expect("upsampling_scaling_factor", 2);
        settings.Expect("upsample_fn", "nearest");
        settings.Ignore("force_upcast", "latent_magnitude", "latent_shift", "block_out_channels", "shift_factor");
        settings.RefuseOthers();
        return config;
    }
}
