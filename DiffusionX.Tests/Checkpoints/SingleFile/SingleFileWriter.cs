using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.SingleFile;

/// <summary>
/// Writes the single file of a reference case: each of its tensors is made of the folder's tensors that it stands for, which are hashes of
/// their names.
/// </summary>
internal static class SingleFileWriter
{
    /// <summary>The case's tensors, for the current scope to dispose.</summary>
    public static Dictionary<string, Tensor> Tensors(ReferenceCase reference)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(reference.Folder, "keys.json")));
        return document.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => Make(entry.Value));
    }

    /// <summary>Writes the case's file, perhaps changed.</summary>
    /// <returns>Its path.</returns>
    public static string Write(
        TemporaryFolder folder, ReferenceCase reference, Action<Dictionary<string, Tensor>>? change = null, Dictionary<string, string>? metadata = null)
    {
        using var scope = NewDisposeScope();
        var tensors = Tensors(reference);
        change?.Invoke(tensors);
        SafetensorsWriter.Save(folder.File("model.safetensors"), tensors, metadata);
        return folder.File("model.safetensors");
    }

    /// <summary>A tensor of the folder.</summary>
    /// <param name="name">The component, a slash, and the tensor's name there.</param>
    /// <param name="shape">Its shape.</param>
    public static Tensor Hash(string name, params long[] shape)
    {
        var values = empty(shape);
        HashWeights.Fill(name, values);
        return values;
    }

    private static Tensor Make(JsonElement entry)
    {
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        var parts = entry.GetProperty("of").GetString()!.Split('+');
        if (entry.TryGetProperty("note", out var note) && note.ValueEquals("transposed"))
        {
            return Hash(parts[0], shape[1], shape[0]).t();
        }

        long[] partShape = [shape[0] / parts.Length, .. shape[1..]];
        return cat([.. parts.Select(part => Hash(part, partShape))]);
    }
}
