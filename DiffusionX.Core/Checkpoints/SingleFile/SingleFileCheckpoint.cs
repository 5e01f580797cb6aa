using System.Text.Json;

namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// A whole model in one .safetensors file with the names of latent diffusion, as most community checkpoints are published. The family and the configs come from
/// the names and shapes of its tensors; its parts are read from the file when they are asked for.
/// </summary>
internal sealed class SingleFileCheckpoint
{
    private const string UNetPrefix = "model.diffusion_model.";
    private const string VaePrefix = "first_stage_model.";
    private const string TextPrefix = "cond_stage_model.transformer.";
    private const string OpenClipTextPrefix = "cond_stage_model.model.";
    private const string TextPrefixOfXL = "conditioner.embedders.0.transformer.";
    private const string OpenClipTextPrefixOfSgm = "conditioner.embedders.0.model.";
    private const string SecondTextPrefixOfXL = "conditioner.embedders.1.model.";

    private const int ListedAtMost = 10;

    private readonly string path;
    private readonly Dictionary<string, ModelComponent> components = [];

    private SingleFileCheckpoint(string path, SingleFileOptions options)
    {
        this.path = path;
        using var file = SafetensorsFile.Open(path);
        OtherKinds.Refuse(file, UNetPrefix);
        var reader = new PartReader(file);
        Family = FamilyOf(file, reader);
        var facts = new TrainingFacts(file, Family);
        var unet = reader.UNet(UNetPrefix);
        var predictsVelocity = options.PredictsVelocity ?? facts.PredictsVelocity(unet);
        var sampleSize = facts.SampleSize(predictsVelocity);

        Scheduler = DerivedConfigs.Scheduler(Family, predictsVelocity, facts.ZeroTerminalSnr);
        components["text_encoder"] = options.TextEncoder is { } text ? TextBeside(text, isSecond: false) : TextWithin(reader, isSecond: false);
        if (Family == SingleFileFamily.StableDiffusionXL)
        {
            components["text_encoder_2"] = options.TextEncoder2 is { } second ? TextBeside(second, isSecond: true) : TextWithin(reader, isSecond: true);
        }

        components["vae"] = options.Vae is { } vae ? VaeBeside(vae, sampleSize) : VaeWithin(reader, sampleSize);
        components["unet"] = Component(path, "unet", unet, shapes => DerivedConfigs.UNet(shapes, Family, sampleSize, PooledWidth()));
        RefuseUnknown(reader, path);
    }

    /// <summary>The family.</summary>
    public SingleFileFamily Family { get; }

    /// <summary>The parts: <c>unet</c>, <c>vae</c>, <c>text_encoder</c> and with XL <c>text_encoder_2</c>.</summary>
    public IReadOnlyDictionary<string, ModelComponent> Components => components;

    /// <summary>The scheduler's config, as diffusers writes it.</summary>
    public JsonElement Scheduler { get; }

    /// <summary>Opens a file and finds its parts.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What it does not say, or lacks.</param>
    /// <exception cref="CheckpointException">The file can't be read, is of a kind that is not supported, lacks a part, or holds what is not known.</exception>
    /// <exception cref="ModelConfigException">A folder that was named for a part has no config.</exception>
    public static SingleFileCheckpoint Open(string path, SingleFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new SingleFileCheckpoint(path, options ?? new SingleFileOptions());
    }

    private static SingleFileFamily FamilyOf(SafetensorsFile file, PartReader reader)
    {
        var hasOpenClip = reader.Has(OpenClipTextPrefix) || reader.Has(OpenClipTextPrefixOfSgm);
        if (reader.Has($"{UNetPrefix}label_emb."))
        {
            return !hasOpenClip ? SingleFileFamily.StableDiffusionXL : throw new CheckpointException(
                $"{file.Description} is a single file of Stable Diffusion XL's refiner, or of an unCLIP model, which are not supported; XL's base is.");
        }

        // Without a text encoder: SD 2's transformers begin with a matrix where those of SD 1 have a convolution.
        var isSecond = hasOpenClip || (!reader.Has(TextPrefix)
            && file.Tensors.Values.Any(entry => entry.Name.EndsWith(".1.proj_in.weight", StringComparison.Ordinal) && entry.Shape.Count == 2));
        return isSecond ? SingleFileFamily.StableDiffusion2 : SingleFileFamily.StableDiffusion1;
    }

    private static ModelComponent Component(string file, string name, IReadOnlyList<ViewedTensor> tensors, Func<TensorShapes, JsonElement> config) =>
        new(config(new TensorShapes(tensors, file)), $"{file}, {name}", () => new WeightView(SafetensorsFile.Open(file), tensors));

    private static ModelComponent OfFolder(string folder, string weights)
    {
        var (config, source) = ModelFolder.ReadConfig(folder);
        return new ModelComponent(config, source, () => CheckpointFiles.Open(folder, weights));
    }

    private static void RefuseUnknown(PartReader reader, string file)
    {
        if (reader.Unknown is { Count: > 0 } unknown)
        {
            throw new CheckpointException(
                $"{file}: {unknown.Count} tensors of this single file are unknown: {string.Join(", ", unknown.Take(ListedAtMost).Select(TensorEntry.Shown))}"
                + $"{(unknown.Count > ListedAtMost ? " …" : "")}. The model would compute something else without them.");
        }
    }

    private ModelComponent VaeWithin(PartReader reader, int sampleSize) => reader.Has(VaePrefix)
        ? Component(path, "vae", reader.Vae(VaePrefix), shapes => DerivedConfigs.Vae(shapes, Family, sampleSize))
        : throw Lacks("VAE");

    private ModelComponent VaeBeside(string named, int sampleSize)
    {
        if (Directory.Exists(named))
        {
            return OfFolder(named, ComponentFolder.DiffusersWeights);
        }

        using var file = SafetensorsFile.Open(named);
        var reader = new PartReader(file);
        var tensors = reader.Vae(reader.Has(VaePrefix) ? VaePrefix : "");
        RefuseUnknown(reader, named);
        return Component(named, "vae", tensors, shapes => DerivedConfigs.Vae(shapes, Family, sampleSize));
    }

    private ModelComponent TextWithin(PartReader reader, bool isSecond)
    {
        string[] prefixes = Family == SingleFileFamily.StableDiffusionXL
            ? [isSecond ? SecondTextPrefixOfXL : TextPrefixOfXL]
            : [TextPrefix, OpenClipTextPrefix, OpenClipTextPrefixOfSgm];
        return prefixes.FirstOrDefault(reader.Has) is { } prefix ? Text(path, reader, prefix, isSecond) : throw Lacks(isSecond ? "second text encoder" : "text encoder");
    }

    private ModelComponent TextBeside(string named, bool isSecond)
    {
        if (Directory.Exists(named))
        {
            return OfFolder(named, ComponentFolder.TransformersWeights);
        }

        using var file = SafetensorsFile.Open(named);
        var reader = new PartReader(file);
        var component = Text(named, reader, prefix: "", isSecond);
        RefuseUnknown(reader, named);
        return component;
    }

    private ModelComponent Text(string file, PartReader reader, string prefix, bool isSecond)
    {
        var isSD2 = Family == SingleFileFamily.StableDiffusion2;
        var tensors = reader.Text(prefix, withoutLast: isSD2, projected: isSecond);
        return Component(file, isSecond ? "text_encoder_2" : "text_encoder", tensors, shapes => DerivedConfigs.Text(shapes, fromOpenClip: isSD2 || isSecond));
    }

    private int? PooledWidth() =>
        components.TryGetValue("text_encoder_2", out var second) && second.Config.TryGetProperty("projection_dim", out var width) && width.TryGetInt32(out var number)
            ? number
            : null;

    private CheckpointException Lacks(string part) => new($"{path}: this single file holds no {part}. Name one beside it: a file, or a folder with config.json.");
}
