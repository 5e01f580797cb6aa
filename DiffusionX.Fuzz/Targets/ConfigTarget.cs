using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Bert;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers;

namespace DiffusionX.Fuzz.Targets;

/// <summary>Configs of a model's parts, each under its name.</summary>
internal static class ConfigTarget
{
    private static readonly int[] Steps = [1, 20, 1000];

    public static void Read(byte[] input)
    {
        foreach (var (name, content) in InputParts.Split(input))
        {
            switch (name)
            {
                case "model_index": Json(name, content, ModelIndex.FromJson); break;
                case "scheduler": Plan(Json(name, content, SchedulerConfig.FromJson)); break;
                case "unet": Json(name, content, UNet2DConditionConfig.FromJson); break;
                case "vae": Json(name, content, AutoencoderKLConfig.FromJson); break;
                case "taesd": Json(name, content, AutoencoderTinyConfig.FromJson); break;
                case "text_encoder": Json(name, content, ClipTextConfig.FromJson); break;
                case "text_encoder_2": Json(name, content, ClipTextConfig.FromJsonWithProjection); break;
                case "vision": Json(name, content, ClipVisionConfig.FromJson); break;
                case "bert": Json(name, content, BertConfig.FromJson); break;
                case "generation": GenerationDefaults.Read(Path.GetDirectoryName(InputFolder.Write($"generation/{GenerationDefaults.FileName}", content))!); break;
                default: break;
            }
        }
    }

    private static T Json<T>(string name, byte[] content, Func<JsonElement, string, T> read)
    {
        var folder = Path.GetDirectoryName(InputFolder.Write($"{name}/{ComponentFolder.ConfigFile}", content))!;
        return ComponentFolder.ReadConfig(folder, read);
    }

    private static void Plan(SchedulerConfig config)
    {
        var scheduler = Scheduler.Create(config);
        foreach (var steps in Steps)
        {
            scheduler.Plan(steps);
            scheduler.Plan(steps, strength: 0.3);
        }
    }
}
