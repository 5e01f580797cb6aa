using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;
using DiffusionX.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>Builds the parts of a model from its source. Every config is read before any weight, so that what can't be built is known at once.</summary>
internal sealed class DiffusionModelLoader
{
    private const int MinPromptCacheSize = 2;
    private const string PreviewDecoder = "taesd";

    private static readonly string[] Components = [ModelComponent.Tokenizer, ModelComponent.TextEncoder, ModelComponent.UNet, ModelComponent.Vae];

    private readonly IModelSource source;
    private readonly DiffusionModelOptions options;
    private readonly IProgress<LoadingProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly string[] components;

    public DiffusionModelLoader(IModelSource source, DiffusionModelOptions options, IProgress<LoadingProgress>? progress, CancellationToken cancellationToken = default)
    {
        this.source = source;
        this.cancellationToken = cancellationToken;
        this.options = options;
        this.progress = progress;
        components = [.. Components, .. options.PreviewDecoderFolder is null ? Array.Empty<string>() : [PreviewDecoder]];
        if (options.PromptCacheSize < MinPromptCacheSize)
        {
            throw new GenerationException(
                $"PromptCacheSize is {options.PromptCacheSize}; it has to be at least {MinPromptCacheSize}, for a prompt and its negative prompt.");
        }

        if (options.Threads < 1)
        {
            throw new GenerationException($"Threads is {options.Threads}; it has to be at least 1, or null for as many as the model has work for.");
        }
    }

    public PipelineComponents Load()
    {
        var unetConfig = ReadConfig(ModelComponent.UNet, UNet2DConditionConfig.FromJson);
        var vaeConfig = ReadConfig(ModelComponent.Vae, AutoencoderKLConfig.FromJson);
        var textConfig = ReadConfig(ModelComponent.TextEncoder, ClipTextConfig.FromJson) with { ProjectionDim = null };
        var scheduler = Scheduler.Create(ReadConfig(ModelComponent.Scheduler, SchedulerConfig.FromJson));
        CheckThatTheyFit(unetConfig, vaeConfig, textConfig);

        var device = ComputeDevice.Open(options.Device);
        var dtype = ToScalarType(options.Precision, device);
        var tokenizer = Announce(
            ModelComponent.Tokenizer, () => options.TokenizerFolder is { } folder ? ClipTokenizer.Load(folder) : source.LoadTokenizer(ModelComponent.Tokenizer));
        CheckTokenizer(tokenizer, textConfig);

        using var owned = new PartsUnderConstruction();
        using var placement = ParameterPlacement.On(device, dtype);
        var text = owned.Add(Load(ModelComponent.TextEncoder, () => new ClipTextModel(textConfig), CheckpointKeys.ClipTextWithoutProjection));
        var unet = owned.Add(Load(ModelComponent.UNet, () => new UNet2DConditionModel(unetConfig), CheckpointKeys.Exact));
        var vae = owned.Add(Load(ModelComponent.Vae, () => new AutoencoderKL(vaeConfig), CheckpointKeys.Autoencoder));
        var taesd = options.PreviewDecoderFolder is { } path ? Announce(PreviewDecoder, () => owned.Add(LoadPreviewDecoder(path, vaeConfig))) : null;
        owned.HandOver();

        var codec = new LatentCodec(vae, device, dtype);
        return new PipelineComponents(
            device,
            unet,
            new DenoisingLoop(unet, dtype),
            codec,
            new PromptEncoder(tokenizer, text, device, options.PromptCacheSize),
            new LatentPreview(codec, taesd, device, dtype),
            scheduler);
    }

    private static void CheckThatTheyFit(UNet2DConditionConfig unet, AutoencoderKLConfig vae, ClipTextConfig text)
    {
        if (unet.CrossAttentionDim != text.HiddenSize)
        {
            throw new ModelConfigException(
                $"The UNet attends to texts of width {unet.CrossAttentionDim} and the text encoder gives {text.HiddenSize}: they belong to different models.");
        }

        if (unet.InChannels != vae.LatentChannels || unet.OutChannels != vae.LatentChannels)
        {
            throw new ModelConfigException(
                $"The UNet has {unet.InChannels} channels in and {unet.OutChannels} out, and the VAE's latents have {vae.LatentChannels}. "
                + "Inpainting and depth models, which take more channels in, are not supported.");
        }
    }

    private static void CheckTokenizer(ClipTokenizer tokenizer, ClipTextConfig text)
    {
        if (tokenizer.VocabularySize > text.VocabularySize || tokenizer.MaxLength > text.MaxPositions)
        {
            throw new ModelConfigException(
                $"The tokenizer has {tokenizer.VocabularySize} tokens and makes {tokenizer.MaxLength} of a prompt; the text encoder takes {text.VocabularySize} "
                + $"and {text.MaxPositions}. The tokenizer belongs to another model.");
        }
    }

    private static ScalarType ToScalarType(Precision precision, Device device) => precision switch
    {
        Precision.Float32 => ScalarType.Float32,
        Precision.Float16 => ScalarType.Float16,
        Precision.BFloat16 => ScalarType.BFloat16,
        _ => device.type == DeviceType.CPU ? ScalarType.Float32 : ScalarType.Float16,
    };

    private T Announce<T>(string component, Func<T> load)
    {
        progress?.Report(new LoadingProgress(component, Array.IndexOf(components, component) + 1, components.Length));
        return load();
    }

    private T ReadConfig<T>(string component, Func<JsonElement, string, T> read)
    {
        var (json, where) = source.ReadConfig(component);
        return read(json, where);
    }

    private T Load<T>(string component, Func<T> build, CheckpointKeys keys)
        where T : nn.Module =>
        Announce(component, () => ComponentFolder.Load(build, () => source.OpenWeights(component), keys, $"{component} of {source.Description}", cancellationToken));

    private AutoencoderTiny LoadPreviewDecoder(string folder, AutoencoderKLConfig vae)
    {
        var config = ComponentFolder.ReadConfig(folder, AutoencoderTinyConfig.FromJson);
        return config.LatentChannels == vae.LatentChannels
            ? ComponentFolder.Load(
                () => new AutoencoderTiny(config),
                () => CheckpointFiles.Open(folder, ComponentFolder.DiffusersWeights, options.Variant),
                CheckpointKeys.Exact,
                folder,
                cancellationToken)
            : throw new ModelConfigException($"{folder} decodes latents of {config.LatentChannels} channels, and the model's have {vae.LatentChannels}.");
    }

    /// <summary>Frees what was loaded already when a later part can't be.</summary>
    private sealed class PartsUnderConstruction : IDisposable
    {
        private readonly List<IDisposable> parts = [];

        public T Add<T>(T part)
            where T : IDisposable
        {
            parts.Add(part);
            return part;
        }

        public void HandOver() => parts.Clear();

        public void Dispose() => parts.ForEach(part => part.Dispose());
    }
}
