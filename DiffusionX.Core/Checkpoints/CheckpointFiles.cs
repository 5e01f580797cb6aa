using System.Text.RegularExpressions;

namespace DiffusionX.Checkpoints;

/// <summary>
/// Finds the weights in a component's folder: whole or sharded, plain or of a variant, as diffusers and transformers name them.
/// </summary>
internal static partial class CheckpointFiles
{
    private const string Ending = ".safetensors";
    private const string IndexEnding = ".safetensors.index";

    /// <summary>Opens the weights in a folder.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="baseName"><c>diffusion_pytorch_model</c> (diffusers) or <c>model</c> (transformers).</param>
    /// <param name="variant">
    /// The variant, such as <c>fp16</c>; a folder without it gives its plain files, as in diffusers, since often only some of a model's
    /// parts have one. Null takes the plain files, or else the only variant that is there.
    /// </param>
    /// <exception cref="CheckpointException">
    /// There are no such weights, only pickle files, or damaged ones; or there are several variants to choose from.
    /// </exception>
    public static IWeightSource Open(string folder, string baseName, string? variant = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(baseName);
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException($"There is no folder {folder}.");
        }

        string[] candidates = variant is null ? [.. Plain(baseName), .. OnlyVariant(folder, baseName)] : [.. Of(variant, baseName), .. Plain(baseName)];
        var found = Find(folder, candidates) ?? throw NotFound(folder, baseName, candidates, variant);
        return found.EndsWith(Ending, StringComparison.Ordinal) ? SafetensorsFile.Open(found) : ShardedCheckpoint.Open(found);
    }

    /// <summary>Whether a folder has weights of a variant.</summary>
    internal static bool HasVariant(string folder, string baseName, string variant) => Find(folder, Of(variant, baseName)) is not null;

    private static string[] Plain(string baseName) => [baseName + Ending, $"{baseName}{IndexEnding}.json"];

    private static string[] Of(string variant, string baseName) =>
        [$"{baseName}.{variant}{Ending}", $"{baseName}{IndexEnding}.{variant}.json", $"{baseName}.{variant}{IndexEnding}.json"];

    private static string? Find(string folder, string[] names) => names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    // model.fp16.safetensors, if fp16 is the only variant
    private static string[] OnlyVariant(string folder, string baseName) => Variants(folder, baseName) is [var only] ? Of(only, baseName) : [];

    private static string[] Variants(string folder, string baseName) =>
    [
        .. Directory.EnumerateFiles(folder, $"{baseName}.*")
            .Select(path => VariantName().Match(Path.GetFileName(path)[(baseName.Length + 1)..]))
            .Where(match => match.Success)
            .Select(match => match.Groups["variant"].Value)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    // What follows the base name and names a variant. A shard, fp16-00001-of-00002.safetensors, does not: its index does.
    [GeneratedRegex(@"^(safetensors\.index\.(?<variant>[^.]+)\.json|(?![^.]*-\d+-of-\d+\.)(?<variant>[^.]+)\.safetensors(\.index\.json)?)$", RegexOptions.ExplicitCapture)]
    private static partial Regex VariantName();

    private static CheckpointException NotFound(string folder, string baseName, string[] candidates, string? variant)
    {
        var files = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray();
        if (files.FirstOrDefault(SafetensorsFile.IsPickle) is { } pickle && !files.Any(file => file.EndsWith(Ending, StringComparison.Ordinal)))
        {
            return new CheckpointException(
                $"{folder} has its weights as a pickle file only ({pickle}), which can run any code when it is read, and is not opened. Convert the model where you trust it: "
                + "load it in diffusers and save it with save_pretrained(folder, safe_serialization=True).");
        }

        var variants = string.Join(", ", Variants(folder, baseName).Select(name => $"'{name}'"));
        if (variants.Length > 0)
        {
            return new CheckpointException(variant is null
                ? $"{folder} has no plain weights but the variants {variants}. Name the one to take as the variant."
                : $"{folder} has neither the variant '{variant}' nor plain weights, but the variants {variants}.");
        }

        var there = files.Length == 0 ? "nothing" : string.Join(", ", files.Take(10).Select(TensorEntry.Shown)) + (files.Length > 10 ? " …" : "");
        return new CheckpointException($"{folder} has none of {string.Join(", ", candidates)}; there is {there}.");
    }
}
