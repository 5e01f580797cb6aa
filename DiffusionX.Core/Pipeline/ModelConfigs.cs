using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Schedulers;

namespace DiffusionX.Pipeline;

/// <summary>The shapes of a model's components.</summary>
/// <param name="UNet">The UNet's.</param>
/// <param name="Vae">The VAE's.</param>
/// <param name="TextEncoders">The text encoder's, or those of Stable Diffusion XL's two, of which the last has a projection.</param>
/// <param name="Scheduler">The scheduler's settings.</param>
internal sealed record ModelConfigs(
    UNet2DConditionConfig UNet, AutoencoderKLConfig Vae, IReadOnlyList<ClipTextConfig> TextEncoders, SchedulerConfig Scheduler)
{
    private const int TimeIds = 6;
    private const int RefinerTimeIds = 5;

    /// <summary>Reads all configs of a model, and checks that they belong together.</summary>
    /// <exception cref="ModelConfigException">A config is missing, asks for what is not built here, or does not fit the others.</exception>
    /// <exception cref="SchedulerException">The scheduler's config asks for something that is not built here.</exception>
    public static ModelConfigs Read(IModelSource source)
    {
        T Of<T>(string component, Func<JsonElement, string, T> read)
        {
            var (json, where) = source.ReadConfig(component);
            return read(json, where);
        }

        var unet = Of(ModelComponent.UNet, UNet2DConditionConfig.FromJson);
        var vae = Of(ModelComponent.Vae, AutoencoderKLConfig.FromJson);
        var first = Of(ModelComponent.TextEncoder, ClipTextConfig.FromJson) with { ProjectionDim = null };
        ClipTextConfig[] texts = source.Family == ModelFamily.StableDiffusionXL
            ? [first, Of(ModelComponent.TextEncoder2, ClipTextConfig.FromJsonWithProjection)]
            : [first];
        var configs = new ModelConfigs(unet, vae, texts, Of(ModelComponent.Scheduler, SchedulerConfig.FromJson));
        configs.CheckTextTime();
        configs.CheckTexts();
        configs.CheckChannels();
        return configs;
    }

    private void CheckTexts()
    {
        var width = TextEncoders.Sum(text => text.HiddenSize);
        if (UNet.CrossAttentionDim != width)
        {
            throw new ModelConfigException(
                $"The UNet attends to texts of width {UNet.CrossAttentionDim} and the text "
                + $"encoder{(TextEncoders.Count > 1 ? "s together give" : " gives")} {width}: "
                + "they belong to different models.");
        }
    }

    private void CheckTextTime()
    {
        if (UNet.TextTime is not { } textTime)
        {
            return;
        }

        if (TextEncoders is not [_, { ProjectionDim: { } pooled }])
        {
            throw new ModelConfigException(
                "The UNet is Stable Diffusion XL's, which takes two text encoders (text_encoder and text_encoder_2), and the model "
                + "has one.");
        }

        if (textTime.Inputs == pooled + (RefinerTimeIds * textTime.TimeIdWidth))
        {
            throw new ModelConfigException(
                "The UNet is that of Stable Diffusion XL's refiner, which is told an aesthetic score, and is not supported. Refine "
                + "with a base model.");
        }

        if (textTime.Inputs != pooled + (TimeIds * textTime.TimeIdWidth))
        {
            throw new ModelConfigException(
                $"The UNet is told {textTime.Inputs} numbers of text and sizes; the second text encoder's {pooled} and {TimeIds} sizes "
                + $"of {textTime.TimeIdWidth} come to "
                + $"{pooled + (TimeIds * textTime.TimeIdWidth)}: they belong to different models.");
        }
    }

    // An inpainting UNet takes a mask and the latent of a masked picture besides the latent.
    private void CheckChannels()
    {
        var inpainting = (2 * Vae.LatentChannels) + 1;
        if (UNet.OutChannels != Vae.LatentChannels || (UNet.InChannels != Vae.LatentChannels && UNet.InChannels != inpainting))
        {
            throw new ModelConfigException(
                $"The UNet has {UNet.InChannels} channels in and {UNet.OutChannels} out, and the VAE's latents have {Vae.LatentChannels}. "
                + "Models that take a depth map or a picture's latent besides are not supported.");
        }
    }
}
