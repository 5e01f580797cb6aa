using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.SingleFile;

/// <summary>Small models of all families as single files. Each of their weights is a hash of its name in diffusers' layout.</summary>
internal static class MiniSingleFile
{
    private const string UNetPrefix = "model.diffusion_model.";
    private static readonly AutoencoderKLConfig VaeConfig = new() { BlockOutChannels = [32, 32], LayersPerBlock = 1 };

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
        return Rename(Fill(unet), name => UNetPrefix + SingleFileNames.UNet(name, layers: 1, upAttends: level => level == 1));
    }

    /// <summary>A VAE with latent diffusion's names.</summary>
    public static Dictionary<string, Tensor> Vae(string prefix = "first_stage_model.")
    {
        using var vae = new AutoencoderKL(VaeConfig);
        return Fill(vae).ToDictionary(pair => prefix + SingleFileNames.Vae(pair.Key, levels: 2), pair => SingleFileNames.IsVaeMatrix(pair.Key) ? pair.Value.unsqueeze(-1).unsqueeze(-1) : pair.Value);
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
            if (SingleFileNames.OpenClip(name) is { } openClip)
            {
                tensors[openClip] = SingleFileNames.Joined(name) is { } joined ? cat([.. joined.Select(part => text[part])]) : name == "text_projection.weight" ? tensor.t() : tensor;
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
}
