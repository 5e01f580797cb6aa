using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionX.Checkpoints;
using DiffusionX.Models;
using DiffusionX.Scenes.Vocabularies;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Scenes;

/// <summary>The folder of the scenes models, in diffusers' layout: <c>cloud</c> and <c>edge</c> are whole pipelines, which share their VAE and text encoder.</summary>
public sealed class ScenesFolder
{
    private const string DiffusersWeights = "diffusion_pytorch_model.safetensors";
    private const string TransformersWeights = "model.safetensors";
    private const string ClipFolder = "clip";
    private const string ClipTextFolder = $"{ClipFolder}/text_encoder";
    private const string ClipVisionFolder = $"{ClipFolder}/image_encoder";
    private const string ClipTokenizerFolder = $"{ClipFolder}/tokenizer";

    /// <summary>The folder of the cloud's pipeline.</summary>
    internal const string CloudSide = "cloud";

    /// <summary>The folder of the edge's pipeline.</summary>
    internal const string EdgeSide = "edge";

    private const string JudgeFolder = "judge";
    private const string BertFolder = "bert";

    private static readonly string[] TokenizerFolders = ["cloud/tokenizer", "edge/tokenizer", ClipTokenizerFolder];
    private static readonly string[] Sides = [CloudSide, EdgeSide];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <param name="path">The folder; made when something is saved.</param>
    public ScenesFolder(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Path = path;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The pipeline of the cloud: a folder in diffusers' layout.</summary>
    public string Cloud => PathOf(CloudSide);

    /// <summary>The pipeline of the edge: a folder in diffusers' layout.</summary>
    public string Edge => PathOf(EdgeSide);

    /// <summary>CLIP, with its tokenizer.</summary>
    internal string Clip => PathOf(ClipFolder);

    /// <summary>The judge's weights.</summary>
    internal string JudgeFile => System.IO.Path.Combine(PathOf(JudgeFolder), TransformersWeights);

    /// <summary>Writes the VAE of both sides.</summary>
    /// <param name="vae">The VAE.</param>
    /// <param name="scalingFactor">One over the deviation of its latents.</param>
    internal void SaveAutoencoder(AutoencoderKL vae, double scalingFactor)
    {
        var config = vae.Config;
        var json = new JsonObject
        {
            ["_class_name"] = nameof(AutoencoderKL),
            ["in_channels"] = config.InChannels,
            ["out_channels"] = config.OutChannels,
            ["down_block_types"] = Repeated("DownEncoderBlock2D", config.BlockOutChannels.Count),
            ["up_block_types"] = Repeated("UpDecoderBlock2D", config.BlockOutChannels.Count),
            ["block_out_channels"] = Numbers(config.BlockOutChannels),
            ["layers_per_block"] = config.LayersPerBlock,
            ["act_fn"] = "silu",
            ["latent_channels"] = config.LatentChannels,
            ["norm_num_groups"] = config.NormGroups,
            ["scaling_factor"] = scalingFactor,
        };
        foreach (var side in Sides)
        {
            Save($"{side}/vae", json, DiffusersWeights, vae);
        }
    }

    /// <summary>The vocabulary's files, beside every text encoder.</summary>
    internal void SaveVocabulary(BytePairVocabulary vocabulary)
    {
        var ids = new JsonObject();
        foreach (var (token, id) in vocabulary.Tokens.Select((token, id) => (token, id)))
        {
            ids[token] = id;
        }

        var settings = new JsonObject { ["tokenizer_class"] = "CLIPTokenizer", ["model_max_length"] = ScenesModels.PromptLength };
        foreach (var folder in TokenizerFolders.Select(PathOf))
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(System.IO.Path.Combine(folder, "vocab.json"), ids.ToJsonString(Indented) + "\n");
            File.WriteAllLines(System.IO.Path.Combine(folder, "merges.txt"), vocabulary.MergeLines());
            File.WriteAllText(System.IO.Path.Combine(folder, "tokenizer_config.json"), settings.ToJsonString(Indented) + "\n");
        }
    }

    /// <summary>The tokenizer of all text encoders here.</summary>
    internal ClipTokenizer LoadTokenizer() => ClipTokenizer.Load(PathOf(ClipTokenizerFolder));

    /// <summary>Writes the text encoder of both UNets.</summary>
    internal void SaveTextEncoder(ClipTextModel text)
    {
        foreach (var side in Sides)
        {
            Save($"{side}/text_encoder", TextJson(text.Config, "CLIPTextModel"), TransformersWeights, text);
        }
    }

    /// <summary>Writes CLIP: the text encoder of both UNets with a projection, and the image encoder.</summary>
    internal void SaveClip(ClipTextModel text, ClipVisionModel vision)
    {
        Save(ClipTextFolder, TextJson(text.Config, "CLIPTextModelWithProjection"), TransformersWeights, text);
        Save(ClipVisionFolder, VisionJson(vision.Config), TransformersWeights, vision);
    }

    /// <summary>The VAE of both sides.</summary>
    internal AutoencoderKL LoadAutoencoder() => Load("cloud/vae", DiffusersWeights, json => new AutoencoderKL(AutoencoderKLConfig.FromJson(json, Path)));

    /// <summary>The text encoder of both UNets.</summary>
    internal ClipTextModel LoadTextEncoder() =>
        Load("cloud/text_encoder", TransformersWeights, json => new ClipTextModel(ClipTextConfig.FromJson(json, Path) with { ProjectionDim = null }));

    /// <summary>The cloud's UNet.</summary>
    internal UNet2DConditionModel LoadCloudUNet() =>
        Load("cloud/unet", DiffusersWeights, json => new UNet2DConditionModel(UNet2DConditionConfig.FromJson(json, Path)));

    /// <summary>Fills a UNet with the weights of the cloud's, or of the edge's.</summary>
    internal void FillUNet(string side, UNet2DConditionModel unet) => Fill(unet, $"{side}/unet", DiffusersWeights);

    /// <summary>BERT's vocabulary.</summary>
    internal void SaveWordPieces(IReadOnlyList<string> tokens)
    {
        Directory.CreateDirectory(PathOf(BertFolder));
        File.WriteAllLines(System.IO.Path.Combine(PathOf(BertFolder), "vocab.txt"), tokens);
        Write($"{BertFolder}/tokenizer_config.json", new JsonObject { ["tokenizer_class"] = "BertTokenizer", ["model_max_length"] = ScenesModels.PromptLength, ["do_lower_case"] = true });
    }

    /// <summary>BERT's tokenizer.</summary>
    internal BertTokenizer LoadBertTokenizer() => BertTokenizer.Load(PathOf(BertFolder));

    /// <summary>Writes BERT.</summary>
    internal void SaveBert(BertModel bert) => Save(BertFolder, BertJson(bert.Config), TransformersWeights, bert);

    /// <summary>Fills a judge with the weights that are there.</summary>
    internal void FillJudge(nn.Module judge) => Fill(judge, JudgeFolder, TransformersWeights);

    /// <summary>Writes the judge.</summary>
    internal void SaveJudge(nn.Module judge) => Save(JudgeFolder, new JsonObject { ["_class_name"] = judge.GetName() }, TransformersWeights, judge);

    private static JsonObject TextJson(ClipTextConfig config, string architecture) => new()
    {
        ["architectures"] = new JsonArray(architecture),
        ["model_type"] = "clip_text_model",
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["vocab_size"] = config.VocabularySize,
        ["max_position_embeddings"] = config.MaxPositions,
        ["hidden_act"] = "quick_gelu",
        ["layer_norm_eps"] = config.NormEpsilon,
        ["eos_token_id"] = config.EndToken,
        ["projection_dim"] = config.ProjectionDim ?? config.HiddenSize,
    };

    private static JsonObject VisionJson(ClipVisionConfig config) => new()
    {
        ["architectures"] = new JsonArray("CLIPVisionModelWithProjection"),
        ["model_type"] = "clip_vision_model",
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["image_size"] = config.ImageSize,
        ["patch_size"] = config.PatchSize,
        ["hidden_act"] = "quick_gelu",
        ["layer_norm_eps"] = config.NormEpsilon,
        ["projection_dim"] = config.ProjectionDim,
    };

    private static JsonObject BertJson(BertConfig config) => new()
    {
        ["architectures"] = new JsonArray(nameof(BertModel)),
        ["model_type"] = "bert",
        ["vocab_size"] = config.VocabularySize,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["max_position_embeddings"] = config.MaxPositions,
        ["type_vocab_size"] = config.TokenTypes,
        ["hidden_act"] = "gelu",
        ["layer_norm_eps"] = config.NormEpsilon,
    };

    private static JsonObject UNetJson(UNet2DConditionConfig config) => new()
    {
        ["_class_name"] = nameof(UNet2DConditionModel),
        ["sample_size"] = config.SampleSize,
        ["in_channels"] = config.InChannels,
        ["out_channels"] = config.OutChannels,
        ["down_block_types"] = new JsonArray([.. config.DownAttends.Select(attends => JsonValue.Create(attends ? "CrossAttnDownBlock2D" : "DownBlock2D"))]),
        ["mid_block_type"] = config.HasMidBlock ? "UNetMidBlock2DCrossAttn" : null,
        ["up_block_types"] = new JsonArray([.. config.UpAttends.Select(attends => JsonValue.Create(attends ? "CrossAttnUpBlock2D" : "UpBlock2D"))]),
        ["block_out_channels"] = Numbers(config.BlockOutChannels),
        ["layers_per_block"] = config.LayersPerBlock,
        ["attention_head_dim"] = Numbers(config.AttentionHeads),
        ["cross_attention_dim"] = config.CrossAttentionDim,
        ["norm_num_groups"] = config.NormGroups,
        ["act_fn"] = "silu",
    };

    private static JsonObject SchedulerJson() => new()
    {
        ["_class_name"] = "DDIMScheduler",
        ["num_train_timesteps"] = ScenesModels.Scheduler.TrainTimesteps,
        ["beta_schedule"] = "scaled_linear",
        ["beta_start"] = ScenesModels.Scheduler.BetaStart,
        ["beta_end"] = ScenesModels.Scheduler.BetaEnd,
        ["prediction_type"] = "v_prediction",
        ["timestep_spacing"] = "trailing",
        ["steps_offset"] = ScenesModels.Scheduler.StepsOffset,
        ["clip_sample"] = false,
        ["set_alpha_to_one"] = ScenesModels.Scheduler.SetAlphaToOne,
    };

    private static JsonObject IndexJson() => new()
    {
        ["_class_name"] = "StableDiffusionPipeline",
        ["scheduler"] = new JsonArray("diffusers", "DDIMScheduler"),
        ["text_encoder"] = new JsonArray("transformers", "CLIPTextModel"),
        ["tokenizer"] = new JsonArray("transformers", "CLIPTokenizer"),
        ["unet"] = new JsonArray("diffusers", nameof(UNet2DConditionModel)),
        ["vae"] = new JsonArray("diffusers", nameof(AutoencoderKL)),
    };

    private static JsonObject GenerationJson() => new() { ["steps"] = ScenesModels.Steps, ["guidance_scale"] = ScenesModels.GuidanceScale };

    /// <summary>Writes a UNet, and all else that makes its side's pipeline whole.</summary>
    internal void SavePipeline(string side, UNet2DConditionModel unet)
    {
        Save($"{side}/unet", UNetJson(unet.Config), DiffusersWeights, unet);
        Directory.CreateDirectory(PathOf($"{side}/scheduler"));
        Write($"{side}/scheduler/scheduler_config.json", SchedulerJson());
        Write($"{side}/model_index.json", IndexJson());
        Write($"{side}/generation_config.json", GenerationJson());
    }

    private void Write(string file, JsonObject json) => File.WriteAllText(PathOf(file), json.ToJsonString(Indented) + "\n");

    private T Load<T>(string component, string fileName, Func<JsonElement, T> build)
        where T : nn.Module
    {
        using var config = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(PathOf(component), "config.json")));
        var module = build(config.RootElement);
        Fill(module, component, fileName);
        return module;
    }

    private void Fill(nn.Module module, string component, string fileName)
    {
        using var file = SafetensorsFile.Open(System.IO.Path.Combine(PathOf(component), fileName));
        WeightLoader.Load(module, file, CheckpointKeys.Exact);
    }

    /// <summary>Where a part is.</summary>
    internal string PathOf(string component) => System.IO.Path.Combine(Path, component);

    private static JsonArray Repeated(string name, int count) => [.. Enumerable.Repeat(name, count).Select(text => JsonValue.Create(text))];

    private static JsonArray Numbers(IEnumerable<int> numbers) => [.. numbers.Select(number => JsonValue.Create(number))];

    // float16, as everything in the folder: half the size, and no difference that could be seen.
    private void Save(string component, JsonObject config, string fileName, nn.Module module)
    {
        var folder = PathOf(component);
        Directory.CreateDirectory(folder);
        File.WriteAllText(System.IO.Path.Combine(folder, "config.json"), config.ToJsonString(Indented) + "\n");
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(
            System.IO.Path.Combine(folder, fileName),
            module.state_dict().Select(pair => KeyValuePair.Create(pair.Key, pair.Value.detach().to(ScalarType.Float16))));
    }
}
