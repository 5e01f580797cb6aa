using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.Lora;
using DiffusionX.Checkpoints.SingleFile;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Fuzz.Targets;

/// <summary>Files of weights.</summary>
internal static class WeightTargets
{
    private const int MaxDataBytes = 1 << 20;

    /// <summary>A safetensors file, byte by byte or as its JSON and its data: it is opened, and all of it read.</summary>
    public static void ReadSafetensors(byte[] input)
    {
        TorchRuntime.EnsureLoaded();
        byte[] content = InputParts.Split(input) is [("json", var json), ("data", var data), ..]
            ? [.. BitConverter.GetBytes((long)json.Length), .. json, .. data]
            : input;
        using var file = SafetensorsFile.Open(InputFolder.Write("input.safetensors", content));
        foreach (var name in file.Tensors.Keys)
        {
            using var tensor = file.Read(name);
        }
    }

    /// <summary>
    /// A safetensors file that is whole, for what its tensors' names and shapes are taken for: each line is a name, a type and the sides.
    /// </summary>
    public static void ReadNamedTensors(byte[] input)
    {
        if (Whole(Encoding.UTF8.GetString(input)) is not { } file)
        {
            return;
        }

        TorchRuntime.EnsureLoaded();
        ReadWeights(InputFolder.Write("named.safetensors", file));
    }

    /// <summary>Takes a safetensors file for all that one can be: a LoRA, a textual inversion, a model.</summary>
    public static void ReadWeights(string path)
    {
        using var scope = NewDisposeScope();
        Trying(() => LoraFile.Open(path).Dispose());
        Trying(() => TextualInversion.Load(path));
        Trying(() => ReadConfigs(SingleFileCheckpoint.Open(path)));
    }

    private static void ReadConfigs(SingleFileCheckpoint checkpoint)
    {
        Trying(() => Read(checkpoint, "unet", UNet2DConditionConfig.FromJson));
        Trying(() => Read(checkpoint, "vae", AutoencoderKLConfig.FromJson));
        Trying(() => Read(checkpoint, "text_encoder", ClipTextConfig.FromJson));
        Trying(() => Read(checkpoint, "scheduler", SchedulerConfig.FromJson));
    }

    private static void Read<T>(SingleFileCheckpoint checkpoint, string component, Func<JsonElement, string, T> read)
    {
        var (json, source) = checkpoint.ReadConfig(component);
        read(json, source);
    }

    // One that is refused as this may be taken as that.
    private static void Trying(Action open)
    {
        try
        {
            open();
        }
        catch (DiffusionXException)
        {
        }
    }

    private static byte[]? Whole(string lines)
    {
        var header = new JsonObject();
        long end = 0;
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            var type = words.Length < 2 ? null : SafetensorsTypes.Parse(words[1]);
            if (type is null || !TryReadSides(words[2..], out var sides, out var count) || !header.TryAdd(words[0], null))
            {
                continue;
            }

            var start = end;
            end += count * type.Size;
            if (end > MaxDataBytes)
            {
                return null;
            }

            header[words[0]] = new JsonObject { ["dtype"] = words[1], ["shape"] = sides, ["data_offsets"] = new JsonArray(start, end) };
        }

        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        var file = new byte[sizeof(long) + text.Length + end];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length);
        text.CopyTo(file, sizeof(long));
        return file;
    }

    private static bool TryReadSides(string[] words, out JsonArray sides, out long count)
    {
        (sides, count) = ([], 1);
        foreach (var word in words)
        {
            if (!long.TryParse(word, CultureInfo.InvariantCulture, out var side) || side is < 0 or > int.MaxValue || count > MaxDataBytes)
            {
                return false;
            }

            sides.Add(side);
            count *= side;
        }

        return true;
    }
}
