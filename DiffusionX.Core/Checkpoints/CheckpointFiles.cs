using System.Text.RegularExpressions;

namespace DiffusionX.Checkpoints;

/// <summary>Finds the weights in a component's folder: whole or sharded, plain or of a variant, as diffusers and transformers name them.</summary>
public static partial class CheckpointFiles
{
    private const string Ending = ".safetensors";
    private const string IndexEnding = ".safetensors.index";

    /// <summary>Opens the weights in a folder.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="baseName"><c>diffusion_pytorch_model</c> (diffusers) or <c>model</c> (transformers).</param>
    /// <param name="variant">The variant, such as <c>fp16</c>; null takes the plain files, or else the only variant that is there.</param>
    /// <exception cref="CheckpointException">There are no such weights, only pickle files, or damaged ones.</exception>
    public static IWeightSource Open(string folder, string baseName, string? variant = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(baseName);
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException($"There is no folder {folder}.");
        }

        var candidates = Candidates(baseName, variant).Concat(variant is null ? OnlyVariant(folder, baseName) : []).ToArray();
        var found = candidates.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? throw NotFound(folder, candidates, variant);
        return found.EndsWith(Ending, StringComparison.Ordinal) ? SafetensorsFile.Open(found) : ShardedCheckpoint.Open(found);
    }

    private static string[] Candidates(string baseName, string? variant) => variant is null
        ? [baseName + Ending, $"{baseName}{IndexEnding}.json"]
        : [$"{baseName}.{variant}{Ending}", $"{baseName}{IndexEnding}.{variant}.json", $"{baseName}.{variant}{IndexEnding}.json"];

    // model.fp16.safetensors, if fp16 is the only variant
    private static string[] OnlyVariant(string folder, string baseName)
    {
        var variants = Directory.EnumerateFiles(folder, $"{baseName}.*")
            .Select(path => VariantName().Match(Path.GetFileName(path)[(baseName.Length + 1)..]))
            .Where(match => match.Success)
            .Select(match => match.Groups["variant"].Value)
            .Distinct()
            .ToArray();
        return variants is [var only] ? Candidates(baseName, only) : [];
    }

    // What follows the base name and names a variant. A shard, fp16-00001-of-00002.safetensors, does not: its index does.
    [GeneratedRegex(@"^(safetensors\.index\.(?<variant>[^.]+)\.json|(?![^.]*-\d+-of-\d+\.)(?<variant>[^.]+)\.safetensors(\.index\.json)?)$", RegexOptions.ExplicitCapture)]
    private static partial Regex VariantName();

    private static CheckpointException NotFound(string folder, string[] candidates, string? variant)
    {
        var files = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray();
        if (files.FirstOrDefault(SafetensorsFile.IsPickle) is { } pickle && !files.Any(file => file.EndsWith(Ending, StringComparison.Ordinal)))
        {
            return new CheckpointException(
                $"{folder} has its weights as a pickle file only ({pickle}), which can run any code when it is read, and is not opened. Convert the model where you trust it: "
                + "load it in diffusers and save it with save_pretrained(folder, safe_serialization=True).");
        }

        var there = files.Length == 0 ? "nothing" : string.Join(", ", files.Take(10)) + (files.Length > 10 ? " …" : "");
        var hint = variant is null ? " If the weights are of one of several variants, name it." : $" Leave out the variant '{variant}' to take another.";
        return new CheckpointException($"{folder} has none of {string.Join(", ", candidates)}; there is {there}.{hint}");
    }
}
