using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Bert;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Scenes.Vocabularies;
using DiffusionX.Schedulers;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Scenes;

/// <summary>
/// The folder of the scenes models, in diffusers' layout: <c>cloud</c> and <c>edge</c> are whole pipelines, which share their VAE and text
/// encoder.
/// </summary>
internal sealed class ScenesFolder
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

    /// <summary>The folder of the few-step edge's pipeline.</summary>
    internal const string EdgeFewSide = "edge-few";

    private const string TinyFolder = "taesd";
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

    /// <summary>The pipeline of the few-step edge: a folder in diffusers' layout.</summary>
    public string EdgeFew => PathOf(EdgeFewSide);

    /// <summary>The decoder of previews.</summary>
    public string TinyAutoencoder => PathOf(TinyFolder);

    /// <summary>CLIP, with its tokenizer.</summary>
    internal string Clip => PathOf(ClipFolder);

    /// <summary>The judge's weights.</summary>
    internal string JudgeFile => System.IO.Path.Combine(PathOf(JudgeFolder), TransformersWeights);

    /// <summary>Where a part is.</summary>
    internal string PathOf(string component) => System.IO.Path.Combine(Path, component);

    /// <summary>Writes the VAE of both sides.</summary>
    /// <param name="vae">The VAE.</param>
    /// <param name="scalingFactor">One over the deviation of its latents.</param>
    internal void SaveAutoencoder(AutoencoderKL vae, double scalingFactor)
    {
        foreach (var side in Sides)
        {
            Save($"{side}/vae", ComponentConfigs.Of(vae.Config with { ScalingFactor = scalingFactor }), DiffusersWeights, vae);
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

    /// <summary>Whether CLIP's vocabulary is there. A text encoder knows tokens by their numbers, so it is learned once.</summary>
    internal bool HasVocabulary => File.Exists(System.IO.Path.Combine(PathOf(ClipTokenizerFolder), "vocab.json"));

    /// <summary>Whether BERT's vocabulary is there.</summary>
    internal bool HasWordPieces => File.Exists(System.IO.Path.Combine(PathOf(BertFolder), "vocab.txt"));

    /// <summary>The tokenizer of all text encoders here.</summary>
    internal ClipTokenizer LoadTokenizer() => ClipTokenizer.Load(PathOf(ClipTokenizerFolder));

    /// <summary>Writes the text encoder of both UNets.</summary>
    internal void SaveTextEncoder(ClipTextModel text)
    {
        foreach (var side in Sides)
        {
            Save($"{side}/text_encoder", ComponentConfigs.Of(text.Config, "CLIPTextModel"), TransformersWeights, text);
        }
    }

    /// <summary>Writes CLIP: the text encoder of both UNets with a projection, and the image encoder.</summary>
    internal void SaveClip(ClipTextModel text, ClipVisionModel vision)
    {
        Save(ClipTextFolder, ComponentConfigs.Of(text.Config, "CLIPTextModelWithProjection"), TransformersWeights, text);
        Save(ClipVisionFolder, ComponentConfigs.Of(vision.Config), TransformersWeights, vision);
    }

    /// <summary>The VAE of both sides.</summary>
    internal AutoencoderKL LoadAutoencoder() => Load("cloud/vae", DiffusersWeights, json => new AutoencoderKL(AutoencoderKLConfig.FromJson(json, Path)));

    /// <summary>The text encoder of both UNets.</summary>
    internal ClipTextModel LoadTextEncoder() =>
        Load("cloud/text_encoder", TransformersWeights, json => new ClipTextModel(ClipTextConfig.FromJson(json, Path) with { ProjectionDim = null }));

    /// <summary>CLIP's text encoder, with its projection.</summary>
    internal ClipTextModel LoadClipText() => Load(ClipTextFolder, TransformersWeights, json => new ClipTextModel(ClipTextConfig.FromJson(json, Path)));

    /// <summary>Fills an image encoder with the weights of CLIP's.</summary>
    internal void FillClipVision(ClipVisionModel vision) => Fill(vision, ClipVisionFolder, TransformersWeights);

    /// <summary>The cloud's UNet.</summary>
    internal UNet2DConditionModel LoadCloudUNet() => LoadUNet(CloudSide);

    /// <summary>A side's UNet.</summary>
    internal UNet2DConditionModel LoadUNet(string side) =>
        Load($"{side}/unet", DiffusersWeights, json => new UNet2DConditionModel(UNet2DConditionConfig.FromJson(json, Path)));

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
    internal void SaveBert(BertModel bert) => Save(BertFolder, ComponentConfigs.Of(bert.Config), TransformersWeights, bert);

    /// <summary>Fills a judge with the weights that are there.</summary>
    internal void FillJudge(nn.Module judge) => Fill(judge, JudgeFolder, TransformersWeights);

    /// <summary>Writes the judge.</summary>
    internal void SaveJudge(nn.Module judge) => Save(JudgeFolder, new JsonObject { ["_class_name"] = judge.GetName() }, TransformersWeights, judge);

    /// <summary>Writes a UNet, and all else that makes its side's pipeline whole.</summary>
    internal void SavePipeline(string side, UNet2DConditionModel unet) => SavePipeline(side, unet, ScenesModels.Scheduler, ScenesModels.Steps);

    /// <summary>The same with another solver and other steps than both sides' own.</summary>
    internal void SavePipeline(string side, UNet2DConditionModel unet, SchedulerConfig scheduler, int steps)
    {
        Save($"{side}/unet", ComponentConfigs.Of(unet.Config), DiffusersWeights, unet);
        Directory.CreateDirectory(PathOf($"{side}/scheduler"));
        Write($"{side}/scheduler/scheduler_config.json", ComponentConfigs.Of(scheduler));
        Write($"{side}/model_index.json", ComponentConfigs.Index(scheduler));
        Write($"{side}/generation_config.json", ComponentConfigs.Defaults(steps));
    }

    /// <summary>Copies what a side's pipeline has in common with another's: text encoder, tokenizer and VAE.</summary>
    internal void CopyShared(string from, string to)
    {
        foreach (var component in new[] { "text_encoder", "tokenizer", "vae" })
        {
            Directory.CreateDirectory(PathOf($"{to}/{component}"));
            foreach (var file in Directory.EnumerateFiles(PathOf($"{from}/{component}")))
            {
                File.Copy(file, System.IO.Path.Combine(PathOf($"{to}/{component}"), System.IO.Path.GetFileName(file)), overwrite: true);
            }
        }
    }

    /// <summary>Writes the decoder of previews, and the encoder beside it.</summary>
    internal void SaveTinyAutoencoder(AutoencoderTiny tiny) => Save(TinyFolder, ComponentConfigs.Of(tiny.Config), DiffusersWeights, tiny);

    /// <summary>Fills a tiny autoencoder with the weights that are there.</summary>
    internal void FillTinyAutoencoder(AutoencoderTiny tiny) => Fill(tiny, TinyFolder, DiffusersWeights);

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
