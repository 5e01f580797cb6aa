using System.Buffers.Binary;
using System.Text.Json;
using DiffusionX.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Checkpoints.SingleFile;

/// <summary>Writes a folder in diffusers' layout as a single file, one tensor after another, however large it is.</summary>
internal static class FolderToSingleFile
{
    private const int ChunkBytes = 1 << 24;

    /// <summary>Writes the file.</summary>
    /// <param name="folder">A Stable Diffusion 1 or XL.</param>
    /// <param name="path">The file.</param>
    public static void Write(string folder, string path)
    {
        using var source = new OpenFolder(folder);
        var tensors = source.Tensors().ToArray();
        using var file = File.Create(path);
        file.Write(Header(tensors));
        Array.ForEach(tensors, tensor => WriteBytes(file, tensor));
    }

    private static byte[] Header(StoredTensor[] tensors)
    {
        var offset = 0L;
        var header = JsonSerializer.SerializeToUtf8Bytes(tensors.ToDictionary(tensor => tensor.Name, tensor => new
        {
            dtype = tensor.Type == ScalarType.Float16 ? "F16" : "F32",
            shape = tensor.Shape,
            data_offsets = new[] { offset, offset += tensor.Bytes },
        }));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header];
    }

    private static unsafe void WriteBytes(FileStream file, StoredTensor tensor)
    {
        using var scope = NewDisposeScope();
        var values = tensor.Read().contiguous();
        var pointer = TensorMemory.Pointer(values);
        for (var done = 0L; done < tensor.Bytes; done += ChunkBytes)
        {
            file.Write(new ReadOnlySpan<byte>(pointer + done, (int)Math.Min(ChunkBytes, tensor.Bytes - done)));
        }
    }

    private sealed record StoredTensor(string Name, ScalarType Type, long[] Shape, Func<Tensor> Read)
    {
        public long Bytes => Shape.Aggregate(1L, (product, size) => product * size) * (Type == ScalarType.Float16 ? 2 : 4);
    }

    private sealed class OpenFolder(string folder) : IDisposable
    {
        private readonly IWeightSource unet = CheckpointFiles.Open(Path.Combine(folder, "unet"), "diffusion_pytorch_model");
        private readonly IWeightSource vae = CheckpointFiles.Open(Path.Combine(folder, "vae"), "diffusion_pytorch_model");
        private readonly IWeightSource text = CheckpointFiles.Open(Path.Combine(folder, "text_encoder"), "model");
        private readonly IWeightSource? second =
            Directory.Exists(Path.Combine(folder, "text_encoder_2")) ? CheckpointFiles.Open(Path.Combine(folder, "text_encoder_2"), "model") : null;

        public IEnumerable<StoredTensor> Tensors()
        {
            var layers = unet.Tensors.Keys.Count(name => name.StartsWith("down_blocks.0.resnets.", StringComparison.Ordinal) && name.EndsWith(".conv1.weight", StringComparison.Ordinal));
            var levels = vae.Tensors.Keys.Count(name => name.StartsWith("encoder.down_blocks.", StringComparison.Ordinal) && name.EndsWith(".resnets.0.conv1.weight", StringComparison.Ordinal));
            bool Attends(int level) => unet.Tensors.ContainsKey($"up_blocks.{level}.attentions.0.norm.weight");

            var parts = Plain(unet, name => $"model.diffusion_model.{SingleFileNames.UNet(name, layers, Attends)}")
                .Concat(Plain(vae, name => $"first_stage_model.{SingleFileNames.Vae(name, levels)}"))
                .Concat(Plain(text, name => $"{(second is null ? "cond_stage_model" : "conditioner.embedders.0")}.transformer.{name}"));
            return second is null ? parts : parts.Concat(OpenClip(second, "conditioner.embedders.1.model."));
        }

        public void Dispose()
        {
            unet.Dispose();
            vae.Dispose();
            text.Dispose();
            second?.Dispose();
        }

        private static IEnumerable<StoredTensor> Plain(IWeightSource source, Func<string, string> rename) => source.Tensors.Values.Select(entry => new StoredTensor(
            rename(entry.Name), entry.DType, SingleFileNames.IsVaeMatrix(entry.Name) ? [.. entry.Shape, 1, 1] : [.. entry.Shape], () => Read(source, entry)));

        private static IEnumerable<StoredTensor> OpenClip(IWeightSource source, string prefix)
        {
            foreach (var entry in source.Tensors.Values)
            {
                if (SingleFileNames.OpenClip(entry.Name) is not { } name)
                {
                    continue;
                }

                yield return SingleFileNames.Joined(entry.Name) is { } joined
                    ? new StoredTensor(prefix + name, entry.DType, [entry.Shape[0] * 3, .. entry.Shape.Skip(1)], () => cat([.. joined.Select(part => Read(source, source.Tensors[part]))]))
                    : name == "text_projection"
                        ? new StoredTensor(prefix + name, entry.DType, [entry.Shape[1], entry.Shape[0]], () => Read(source, entry).t())
                        : new StoredTensor(prefix + name, entry.DType, [.. entry.Shape], () => Read(source, entry));
            }
        }

        private static Tensor Read(IWeightSource source, TensorEntry entry)
        {
            var values = empty([.. entry.Shape], entry.DType);
            source.CopyTo(entry.Name, values);
            return values;
        }
    }
}
