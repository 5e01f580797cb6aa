using DiffusionX.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

/// <summary>Writes LoRAs of rank 2, with kohya's names, that change a layer visibly.</summary>
internal static class LoraWriter
{
    /// <summary>Writes one.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string path, params (string Layer, int Inputs, int Outputs)[] layers)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (layer, inputs, outputs) in layers)
        {
            tensors[$"{layer}.lora_down.weight"] = ones(2, inputs);
            tensors[$"{layer}.lora_up.weight"] = ones(outputs, 2);
            tensors[$"{layer}.alpha"] = tensor(1f);
        }

        SafetensorsWriter.Save(path, tensors);
        return path;
    }
}
