using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.Lora;
using DiffusionX.Checkpoints.SingleFile;
using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>
/// Builds the parts of a model from its source. Every config is read before any weight, so that what can't be built is known at once.
/// </summary>
internal sealed class DiffusionModelLoader
{
    private const int MinPromptCacheSize = 2;
    private const string PreviewDecoder = "taesd";
    private const string LoraStep = "loras";

    private readonly IModelSource source;
    private readonly DiffusionModelOptions options;
    private readonly IProgress<LoadingProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly string[] components;

    public DiffusionModelLoader(
        IModelSource source,
        DiffusionModelOptions options,
        IProgress<LoadingProgress>? progress,
        CancellationToken cancellationToken = default)
    {
        this.source = source;
        this.cancellationToken = cancellationToken;
        this.options = options;
        this.progress = progress;
        components = [.. Components()];
        if (options.PromptCacheSize < MinPromptCacheSize)
        {
            throw new GenerationException(
                $"PromptCacheSize is {options.PromptCacheSize}; it has to be at least {MinPromptCacheSize}, for a prompt and its "
                + "negative prompt.");
        }

        if (options.VaeMemory < 0)
        {
            throw new GenerationException($"VaeMemory is {options.VaeMemory}; it has to be a number of bytes from 0, or null for a quarter of what the machine has.");
        }

        if (options.MaxBatch < 1)
        {
            throw new GenerationException($"MaxBatch is {options.MaxBatch}; it has to be at least 1, or null for as many as pay.");
        }

        if (options.Threads < 1)
        {
            throw new GenerationException(
                $"Threads is {options.Threads}; it has to be at least 1, or null for as many as the model has work for.");
        }
    }

    /// <summary>Opens a folder in diffusers' layout or a single file.</summary>
    /// <exception cref="ModelConfigException">There is no such folder, no model in it, or a model of another architecture.</exception>
    /// <exception cref="CheckpointException">The file is no single file of a model that is built here.</exception>
    /// <exception cref="GenerationException">An option of single files was given for a folder.</exception>
    public static IModelSource Open(string path, DiffusionModelOptions options)
    {
        if (File.Exists(path))
        {
            return SingleFileCheckpoint.Open(path, options.SingleFile);
        }

        return options.SingleFile == new SingleFileOptions()
            ? ModelFolder.Open(path, options.Variant)
            : throw new GenerationException(
                $"{path} is no single file, which the VAE, the text encoders and the prediction can be named for: a folder holds and "
                + "says them itself.");
    }

    public PipelineComponents Load()
    {
        var configs = ModelConfigs.Read(source);
        var scheduler = Scheduler.Create(configs.Scheduler);
        var device = ComputeDevice.Open(options.Device);
        var dtype = ToScalarType(options.Precision, device, configs.UNet);
        TextEncoderSource[] texts =
            [.. configs.TextEncoders.Select((config, i) => new TextEncoderSource(source, options, config, isSecond: i > 0))];

        using var owned = new PartsUnderConstruction();
        using var placement = ParameterPlacement.On(device, dtype, StorageOf(dtype));
        TextTower[] towers = [.. texts.Select(text => LoadTower(text, owned))];
        CheckLengths(towers);
        var unet = owned.Add(Load(ModelComponent.UNet, () => new UNet2DConditionModel(configs.UNet), CheckpointKeys.Exact));
        var codec = owned.Add(LoadCodec(configs.Vae, device, VaeTypeOf(dtype, configs.Vae)));
        var taesd = options.PreviewDecoderFolder is { } path
            ? Announce(PreviewDecoder, () => owned.Add(LoadPreviewDecoder(path, configs.Vae)))
            : null;
        owned.HandOver();

        var loaded = new PipelineComponents(
            device,
            unet,
            new DenoisingLoop(unet, dtype),
            codec,
            new PromptEncoder(towers, device, options.PromptCacheSize) { ForcesZerosForEmptyPrompt = source.ForcesZerosForEmptyPrompt },
            new LatentPreview(codec, taesd, device, dtype),
            scheduler)
        {
            SparesMemory = options.HalfPrecisionWeights && device.type == DeviceType.CPU,
            OpenLoraMerger = () => OpenLoraMerger(unet, texts, towers),
        };
        MergeLoras(loaded);
        return loaded;
    }

    private IEnumerable<string> Components()
    {
        string[] texts = source.Family == ModelFamily.StableDiffusionXL
            ? [ModelComponent.Tokenizer, ModelComponent.TextEncoder, ModelComponent.Tokenizer2, ModelComponent.TextEncoder2]
            : [ModelComponent.Tokenizer, ModelComponent.TextEncoder];
        string[] previews = options.PreviewDecoderFolder is null ? [] : [PreviewDecoder];
        string[] loras = options.Loras.Count == 0 ? [] : [LoraStep];
        return [.. texts, ModelComponent.UNet, ModelComponent.Vae, .. previews, .. loras];
    }

    private TextTower LoadTower(TextEncoderSource text, PartsUnderConstruction owned)
    {
        var tokenizer = Announce(text.TokenizerComponent, text.LoadTokenizer);
        var model = owned.Add(Load(text.Component, () => new ClipTextModel(text.Config), text.Keys, text.OpenWeights));
        return new TextTower(tokenizer, model);
    }

    private void MergeLoras(PipelineComponents loaded)
    {
        if (options.Loras.Count == 0)
        {
            return;
        }

        try
        {
            Announce(LoraStep, () =>
            {
                loaded.MergeLoras(options.Loras);
                return loaded;
            });
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    private LoraMerger OpenLoraMerger(UNet2DConditionModel unet, TextEncoderSource[] texts, TextTower[] towers)
    {
        var opened = new List<LoraPart>();
        try
        {
            opened.Add(new LoraPart(ModelComponent.UNet, unet, source.OpenWeights(ModelComponent.UNet), CheckpointKeys.Exact));
            opened.AddRange(texts.Zip(towers, (text, tower) => new LoraPart(text.Component, tower.Model, text.OpenWeights(), text.Keys)));
            return new LoraMerger(opened);
        }
        catch
        {
            opened.ForEach(part => part.Weights.Dispose());
            throw;
        }
    }

    // Their hidden states lie side by side, token by token.
    private static void CheckLengths(TextTower[] towers)
    {
        if (towers is [var first, var second] && first.Tokenizer.MaxLength != second.Tokenizer.MaxLength)
        {
            throw new ModelConfigException(
                $"The first tokenizer makes {first.Tokenizer.MaxLength} tokens of a prompt and the second one "
                + $"{second.Tokenizer.MaxLength}: they belong to different models.");
        }
    }

    // bfloat16 keeps less of a weight than the float16 that fingerprints go by, and models of every precision are to know each other's
    // latents.
    private LatentCodec LoadCodec(AutoencoderKLConfig config, Device device, ScalarType dtype)
    {
        if (dtype != ScalarType.BFloat16)
        {
            return new LatentCodec(LoadVae(config, device, dtype), device, dtype, VaeMemory);
        }

        using var exact = LoadVae(config, CPU, ScalarType.Float32);
        var rounded = LatentCodec.Convert(exact, device, dtype);
        return new LatentCodec(rounded, device, dtype, VaeMemory) { FileFingerprint = LatentCodec.FingerprintOf(exact) };
    }

    private long? VaeMemory => options.VaeMemory ?? (options.HalfPrecisionWeights ? 0 : null);

    private ScalarType StorageOf(ScalarType dtype) => options.HalfPrecisionWeights && dtype == ScalarType.Float32 ? ScalarType.Float16 : dtype;

    private AutoencoderKL LoadVae(AutoencoderKLConfig config, Device device, ScalarType dtype)
    {
        using var placement = ParameterPlacement.On(device, dtype, StorageOf(dtype));
        return Load(ModelComponent.Vae, () => new AutoencoderKL(config), CheckpointKeys.Autoencoder);
    }

    // Stable Diffusion XL's VAE leaves float16's range, and shows bfloat16's rounding. The others' config says so too, since it is diffusers'
    // default, but theirs mostly stays within.
    private ScalarType VaeTypeOf(ScalarType dtype, AutoencoderKLConfig vae) =>
        dtype != ScalarType.Float32 && source.Family == ModelFamily.StableDiffusionXL && vae.ForceUpcast ? ScalarType.Float32 : dtype;

    private static ScalarType ToScalarType(Precision precision, Device device, UNet2DConditionConfig unet) => precision switch
    {
        Precision.Float32 => ScalarType.Float32,
        Precision.Float16 => ScalarType.Float16,
        Precision.BFloat16 => ScalarType.BFloat16,
        _ when device.type != DeviceType.CPU => ScalarType.Float16,
        _ => PrecisionMeasurement.BFloat16Pays(unet) ? ScalarType.BFloat16 : ScalarType.Float32,
    };

    private T Announce<T>(string component, Func<T> load)
    {
        progress?.Report(new LoadingProgress(component, Array.IndexOf(components, component) + 1, components.Length));
        return load();
    }

    private T Load<T>(string component, Func<T> build, CheckpointKeys keys, Func<IWeightSource>? open = null)
        where T : nn.Module => Announce(
            component,
            () =>
            {
                open ??= () => source.OpenWeights(component);
                CheckShapes(build, open, keys);
                return ComponentFolder.Load(build, open, keys, $"{component} of {source.Description}", cancellationToken);
            });

    // A config that does not fit its weights is found before memory is taken for it.
    private static void CheckShapes<T>(Func<T> build, Func<IWeightSource> open, CheckpointKeys keys)
        where T : nn.Module
    {
        using var weights = open();
        using var withoutMemory = ParameterPlacement.On(new Device(DeviceType.META), ScalarType.Float32);
        using var outline = build();
        WeightLoader.Check(outline, weights, keys);
    }

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
            : throw new ModelConfigException(
                $"{folder} decodes latents of {config.LatentChannels} channels, and the model's have {vae.LatentChannels}.");
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
