using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.Lora;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>The LoRAs that a cloud has, found by what is in their files.</summary>
internal sealed class LoraCatalogue
{
    private readonly Dictionary<string, string> pathsByHash = new(StringComparer.Ordinal);

    /// <summary>What is in the files: their SHA-256.</summary>
    public IReadOnlyCollection<string> Hashes => pathsByHash.Keys;

    /// <summary>Hashes the files, and finds out whether each fits the model.</summary>
    /// <exception cref="CheckpointException">One can't be read, is no LoRA, or was made for another model.</exception>
    public static async Task<LoraCatalogue> OpenAsync(DiffusionModel model, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var catalogue = new LoraCatalogue();
        var hashes = new LoraHashes();
        foreach (var path in paths)
        {
            await model.CheckLoraAsync(path, cancellationToken).ConfigureAwait(false);
            catalogue.pathsByHash[await hashes.OfAsync(path, cancellationToken).ConfigureAwait(false)] = path;
        }

        return catalogue;
    }

    /// <summary>What is wrong with the LoRAs that a request names, for its sender; null for nothing.</summary>
    /// <param name="request">The request.</param>
    /// <param name="known">The hashes of the LoRAs that there are.</param>
    public static string? FindFault(Refine request, IReadOnlyCollection<string> known)
    {
        if (request.Loras.Count > MessageBounds.Loras)
        {
            return $"{request.Loras.Count} LoRAs were asked for; a request names at most {MessageBounds.Loras}.";
        }

        if (request.Loras.FirstOrDefault(lora => !double.IsFinite(lora.Strength)) is { } endless)
        {
            return $"The strength of the LoRA {endless.Name} is no finite number.";
        }

        return request.Loras.FirstOrDefault(lora => !known.Contains(lora.Hash)) is { } missing
            ? $"This cloud lacks the LoRA {missing.Name} (the first digits of its file's SHA-256). Give the cloud its file, or refine without it."
            : null;
    }

    /// <summary>The LoRAs of a request that was taken on; null for none, which leaves the cloud's model as it is.</summary>
    public IReadOnlyList<LoraSelection>? Find(Refine request) =>
        request.Loras.Count == 0 ? null : [.. request.Loras.Select(lora => new LoraSelection(pathsByHash[lora.Hash], lora.Strength))];
}
