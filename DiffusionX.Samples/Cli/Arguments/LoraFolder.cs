using System.Globalization;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;

namespace DiffusionX.Cli.Arguments;

/// <summary>The folder that the LoRAs in prompts, <c>&lt;lora:film:0.8&gt;</c>, are looked up in: film.safetensors.</summary>
internal sealed class LoraFolder(string path)
{
    private const string Ending = ".safetensors";

    /// <summary>All LoRAs that lie in it.</summary>
    /// <exception cref="UsageException">There is no such folder.</exception>
    public IReadOnlyList<string> Files => Directory.Exists(path)
        ? [.. Directory.EnumerateFiles(path, "*" + Ending).Order(StringComparer.Ordinal)]
        : throw new UsageException($"There is no folder {path} to look LoRAs up in.");

    /// <summary>The LoRA that a prompt names.</summary>
    /// <exception cref="UsageException">It is not there, or has two strengths.</exception>
    public LoraSelection Find(LoraTag tag)
    {
        if (tag.TextEncoderWeight != tag.UNetWeight)
        {
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"<lora:{tag.Name}:{tag.TextEncoderWeight}:{tag.UNetWeight}>: a LoRA has one strength here, as in <lora:{tag.Name}:{tag.UNetWeight}>."));
        }

        // A name, and no way out of the folder.
        var file = Path.Combine(path, $"{Path.GetFileName(tag.Name)}{Ending}");
        return Path.GetFileName(tag.Name) == tag.Name && File.Exists(file)
            ? new LoraSelection(file, tag.UNetWeight)
            : throw new UsageException($"The prompt names the LoRA '{tag.Name}', and {path} has no {tag.Name}.safetensors.");
    }
}
