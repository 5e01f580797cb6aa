using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Sessions;
using DiffusionX.Tokenizers;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// What the UNets learn from: noisy latents of scenes with their captions, which have other words each time a scene comes round.
/// </summary>
internal sealed class SceneDenoising : IDisposable
{
    /// <summary>How many scenes a UNet learns from where nobody says otherwise.</summary>
    public const int DefaultPoolSize = 48_000;

    // Now and then the prompt is empty, so that the same UNet knows what pictures look like without one (Ho and Salimans, 2022).
    private const double EmptyPromptShare = 0.1;

    private readonly Device device;
    private readonly AutoencoderKL vae;
    private readonly ClipTextModel text;
    private readonly ClipTokenizer tokenizer;
    private readonly LatentPool pool;
    private readonly DenoisingObjective objective;

    /// <param name="weights">Where the VAE and the text encoder are.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="poolSize">How many scenes there are.</param>
    public SceneDenoising(ScenesFolder weights, Device device, int poolSize = DefaultPoolSize)
    {
        this.device = device;
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        vae = weights.LoadAutoencoder();
        text = weights.LoadTextEncoder();
        tokenizer = weights.LoadTokenizer();
        pool = new LatentPool(vae, poolSize, device);
        objective = new DenoisingObjective(ScenesModels.Scheduler, device);
    }

    /// <summary>How the data comes.</summary>
    public string Note => pool.Note;

    /// <summary>A batch.</summary>
    public DenoisingBatch Next(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var first = (long)step * batchSize;
        var (scenes, latents) = pool.Take(first, batchSize);
        var empty = rand(batchSize).data<float>().ToArray();
        var prompts = scenes.Select((scene, i) => empty[i] < EmptyPromptShare ? "" : CaptionWriter.Write(scene, WordsOf(first + i)));
        var embeddings = text.LastHiddenState(SceneBatch.Prompts(prompts, tokenizer, device));
        var sample = objective.Draw(latents);
        return new DenoisingBatch(
            sample.Noisy.MoveToOuterDisposeScope(), sample.Timesteps.MoveToOuterDisposeScope(), sample.Target.MoveToOuterDisposeScope(), embeddings.MoveToOuterDisposeScope());
    }

    /// <summary>Latents without noise, their prompts, and the empty prompt as often.</summary>
    /// <param name="step">Which batch.</param>
    /// <param name="batchSize">How many.</param>
    /// <param name="editedShare">The share of prompts that ask for one change of what the latent shows, as those of later rounds do.</param>
    public (Tensor Clean, Tensor Embeddings, Tensor Empty) NextClean(int step, int batchSize, double editedShare)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var first = (long)step * batchSize;
        var (scenes, latents) = pool.Take(first, batchSize);
        var prompts = scenes.Select((scene, i) => CaptionWriter.Write(MaybeEdited(scene, WordsOf(first + i), editedShare), WordsOf(first + i)));
        var embeddings = text.LastHiddenState(SceneBatch.Prompts(prompts.Append(""), tokenizer, device));
        var empty = embeddings.narrow(0, batchSize, 1).expand(batchSize, -1, -1).contiguous();
        return (latents.MoveToOuterDisposeScope(), embeddings.narrow(0, 0, batchSize).contiguous().MoveToOuterDisposeScope(), empty.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        objective.Dispose();
        pool.Dispose();
        text.Dispose();
        vae.Dispose();
    }

    private static Scene MaybeEdited(Scene scene, int number, double share)
    {
        var random = new Random(number);
        var edit = (EditKind)random.Next(Enum.GetValues<EditKind>().Length);
        return random.NextDouble() < share ? SceneEdit.Apply(scene, edit, random, SceneSplit.Training) ?? scene : scene;
    }

    private static int WordsOf(long sample) => unchecked((int)(sample * 0x9E3779B1L >> 8));
}

/// <summary>One batch of what the UNets learn from.</summary>
/// <param name="Noisy">[B, 4, h, w].</param>
/// <param name="Timesteps">[B], int64.</param>
/// <param name="Target">What a UNet is to predict, [B, 4, h, w].</param>
/// <param name="Embeddings">The prompts, [B, L, width].</param>
internal readonly record struct DenoisingBatch(Tensor Noisy, Tensor Timesteps, Tensor Target, Tensor Embeddings);
