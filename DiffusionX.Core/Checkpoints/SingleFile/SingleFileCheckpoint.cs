using System.Text.Json;
using DiffusionX.Tokenizers;

namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// A whole model in one .safetensors file with the names of latent diffusion, as most community checkpoints are published. The family and
/// the configs come from the names and shapes of its tensors; its parts are read from the file when they are asked for.
/// </summary>
internal sealed class SingleFileCheckpoint : IModelSource
{
    private const string UNetPrefix = "model.diffusion_model.";
    private const string VaePrefix = "first_stage_model.";
    private const string TextPrefix = "cond_stage_model.transformer.";
    private const string OpenClipTextPrefix = "cond_stage_model.model.";
    private const string TextPrefixOfXL = "conditioner.embedders.0.transformer.";
    private const string OpenClipTextPrefixOfSgm = "conditioner.embedders.0.model.";
    private const string SecondTextPrefixOfXL = "conditioner.embedders.1.model.";

    private const int ListedAtMost = 10;

    private static readonly string[] TokenizerFiles = ["vocab.json", "tokenizer.json"];

    private readonly string path;
    private readonly SingleFileFamily family;
    private readonly JsonElement scheduler;
    private readonly Dictionary<string, SingleFilePart> parts = [];

    private SingleFileCheckpoint(string path, SingleFileOptions options)
    {
        this.path = path;
        using var file = SafetensorsFile.Open(path);
        OtherKinds.Refuse(file, UNetPrefix);
        var reader = new PartReader(file);
        family = FamilyOf(file, reader);
        var facts = new TrainingFacts(file, family);
        var unet = reader.UNet(UNetPrefix);
        var predictsVelocity = options.PredictsVelocity ?? facts.PredictsVelocity(unet);
        var sampleSize = facts.SampleSize(predictsVelocity);

        scheduler = DerivedConfigs.Scheduler(family, predictsVelocity, facts.ZeroTerminalSnr);
        parts[ModelComponent.TextEncoder] = Text(reader, options.TextEncoder, isSecond: false);
        if (family == SingleFileFamily.StableDiffusionXL)
        {
            parts[ModelComponent.TextEncoder2] = Text(reader, options.TextEncoder2, isSecond: true);
        }

        parts[ModelComponent.Vae] = Vae(reader, options.Vae, sampleSize);
        parts[ModelComponent.UNet] = Part(
            path, ModelComponent.UNet, unet, shapes => DerivedConfigs.UNet(shapes, family, sampleSize, PooledWidth()));
        RefuseUnknown(reader, path);
    }

    public string Description => path;

    public ModelFamily Family => family == SingleFileFamily.StableDiffusionXL ? ModelFamily.StableDiffusionXL : ModelFamily.StableDiffusion;

    public bool ForcesZerosForEmptyPrompt => family == SingleFileFamily.StableDiffusionXL;

    /// <summary>Opens a file and finds its parts.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What it does not say, or lacks.</param>
    /// <exception cref="CheckpointException">
    /// The file can't be read, is of a kind that is not supported, lacks a part, or holds what is not known.
    /// </exception>
    /// <exception cref="ModelConfigException">A folder that was named for a part has no config.</exception>
    public static SingleFileCheckpoint Open(string path, SingleFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new SingleFileCheckpoint(path, options ?? new SingleFileOptions());
    }

    public bool Has(string component) => component switch
    {
        ModelComponent.Scheduler or ModelComponent.Tokenizer => true,
        ModelComponent.Tokenizer2 => Has(ModelComponent.TextEncoder2),
        _ => parts.ContainsKey(component),
    };

    public (JsonElement Json, string Source) ReadConfig(string component) => component == ModelComponent.Scheduler
        ? (scheduler, $"{path}, {component}")
        : (Part(component).Config, Part(component).Source);

    public IWeightSource OpenWeights(string component) => Part(component).OpenWeights();

    public ClipTokenizer LoadTokenizer(string component, string? folder = null)
    {
        var padsWithZero = family == SingleFileFamily.StableDiffusion2 || component == ModelComponent.Tokenizer2;
        var tokenizer = ClipTokenizer.Load(folder ?? FindTokenizer(component));
        return padsWithZero ? tokenizer.WithPadToken(ModelComponent.SecondPadToken) : tokenizer;
    }

    private static SingleFileFamily FamilyOf(SafetensorsFile file, PartReader reader)
    {
        var hasOpenClip = reader.Has(OpenClipTextPrefix) || reader.Has(OpenClipTextPrefixOfSgm);
        if (reader.Has($"{UNetPrefix}label_emb."))
        {
            return !hasOpenClip ? SingleFileFamily.StableDiffusionXL : throw new CheckpointException(
                $"{file.Description} is a single file of Stable Diffusion XL's refiner, or of an unCLIP model, which are not supported; "
                + "XL's base is.");
        }

        // Without a text encoder: SD 2's transformers begin with a matrix where those of SD 1 have a convolution.
        bool HasMatrices() => file.Tensors.Values.Any(entry => entry.Shape.Count == 2 && entry.Name.EndsWith(".1.proj_in.weight", StringComparison.Ordinal));
        return hasOpenClip || (!reader.Has(TextPrefix) && HasMatrices()) ? SingleFileFamily.StableDiffusion2 : SingleFileFamily.StableDiffusion1;
    }

    private static SingleFilePart Part(
        string file, string name, IReadOnlyList<ViewedTensor> tensors, Func<TensorShapes, JsonElement> config) =>
        new(config(new TensorShapes(tensors, file)), $"{file}, {name}", () => new WeightView(SafetensorsFile.Open(file), tensors));

    private static SingleFilePart OfFolder(string folder, string weights)
    {
        var (config, source) = ComponentFolder.ReadJson(folder, ComponentFolder.ConfigFile);
        return new SingleFilePart(config, source, () => CheckpointFiles.Open(folder, weights));
    }

    private static SingleFilePart OfFile(string path, Func<PartReader, SingleFilePart> read)
    {
        using var file = SafetensorsFile.Open(path);
        var reader = new PartReader(file);
        var part = read(reader);
        RefuseUnknown(reader, path);
        return part;
    }

    private static void RefuseUnknown(PartReader reader, string file)
    {
        if (reader.Unknown is { Count: > 0 } unknown)
        {
            throw new CheckpointException(
                $"{file}: {unknown.Count} tensors of this single file are unknown: "
                + string.Join(", ", unknown.Take(ListedAtMost).Select(TensorEntry.Shown))
                + $"{(unknown.Count > ListedAtMost ? " …" : "")}. The model would compute something else without them.");
        }
    }

    // CLIP's vocabulary is in no single file.
    private string FindTokenizer(string component)
    {
        var beside = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        string[] places = [Path.Combine(beside, component), Path.Combine(beside, ModelComponent.Tokenizer), beside];
        return places.FirstOrDefault(folder => TokenizerFiles.Any(file => File.Exists(Path.Combine(folder, file))))
            ?? throw new ModelConfigException(
                $"{path}: a single file holds no tokenizer. Name the folder of CLIP's, with vocab.json and merges.txt or tokenizer.json, "
                + "such as tokenizer/ of any Stable Diffusion in diffusers' layout; or put that folder beside the file.");
    }

    private SingleFilePart Part(string component) =>
        parts.GetValueOrDefault(component) ?? throw new ModelConfigException($"{path}: this single file holds no {component}.");

    // A part that is named beside the file takes the place of the one in it.
    private SingleFilePart Vae(PartReader reader, string? beside, int sampleSize)
    {
        if (beside is null)
        {
            return reader.Has(VaePrefix) ? Vae(path, reader, VaePrefix, sampleSize) : throw Lacks("VAE");
        }

        reader.PassOver(VaePrefix);
        return Directory.Exists(beside)
            ? OfFolder(beside, ComponentFolder.DiffusersWeights)
            : OfFile(beside, other => Vae(beside, other, other.Has(VaePrefix) ? VaePrefix : "", sampleSize));
    }

    private SingleFilePart Vae(string file, PartReader reader, string prefix, int sampleSize) =>
        Part(file, ModelComponent.Vae, reader.Vae(prefix), shapes => DerivedConfigs.Vae(shapes, family, sampleSize));

    private SingleFilePart Text(PartReader reader, string? beside, bool isSecond)
    {
        string[] prefixes = family == SingleFileFamily.StableDiffusionXL
            ? [isSecond ? SecondTextPrefixOfXL : TextPrefixOfXL]
            : [TextPrefix, OpenClipTextPrefix, OpenClipTextPrefixOfSgm];
        var prefix = prefixes.FirstOrDefault(reader.Has);
        if (beside is null)
        {
            return prefix is not null
                ? Text(path, reader, prefix, isSecond)
                : throw Lacks(isSecond ? "second text encoder" : "text encoder");
        }

        reader.PassOver(prefix);
        return Directory.Exists(beside)
            ? OfFolder(beside, ComponentFolder.TransformersWeights)
            : OfFile(beside, other => Text(beside, other, prefix: "", isSecond));
    }

    private SingleFilePart Text(string file, PartReader reader, string prefix, bool isSecond)
    {
        var isSD2 = family == SingleFileFamily.StableDiffusion2;
        var tensors = reader.Text(prefix, withoutLast: isSD2, projected: isSecond);
        return Part(
            file,
            isSecond ? ModelComponent.TextEncoder2 : ModelComponent.TextEncoder,
            tensors,
            shapes => DerivedConfigs.Text(shapes, fromOpenClip: isSD2 || isSecond));
    }

    private int? PooledWidth() =>
        parts.TryGetValue(ModelComponent.TextEncoder2, out var second)
        && second.Config.TryGetProperty("projection_dim", out var width) && width.TryGetInt32(out var number)
            ? number
            : null;

    private CheckpointException Lacks(string part) => new(
        $"{path}: this single file holds no {part}. Name one beside it: a file, or a folder with config.json.");
}

/// <summary>A part of a model.</summary>
/// <param name="Config">Its config, as diffusers and transformers write it.</param>
/// <param name="Source">Where the config comes from, for messages.</param>
/// <param name="OpenWeights">Opens its weights, which have the names of diffusers and transformers.</param>
internal sealed record SingleFilePart(JsonElement Config, string Source, Func<IWeightSource> OpenWeights);
