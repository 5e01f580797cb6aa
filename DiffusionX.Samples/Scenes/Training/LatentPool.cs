using DiffusionX.Models;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// The scaled latents of the first scenes of the training split, each drawn and encoded when it is asked for the first time, and kept: a VAE's encoder costs
/// more than a step of a small UNet.
/// </summary>
internal sealed class LatentPool : IDisposable
{
    private readonly AutoencoderKL vae;
    private readonly Device device;
    private readonly Scene?[] scenes;
    private readonly List<Tensor> blocks = [];
    private readonly Dictionary<int, (int Block, int Row)> places = [];
    private SceneProducer? producer;

    /// <param name="vae">The encoder; it stays the caller's.</param>
    /// <param name="size">How many scenes.</param>
    /// <param name="device">Where the encoder is, and the latents are kept.</param>
    public LatentPool(AutoencoderKL vae, int size, Device device)
    {
        this.vae = vae;
        this.device = device;
        scenes = new Scene?[size];
    }

    /// <summary>How many scenes there are.</summary>
    public int Size => scenes.Length;

    /// <summary>How the producer of new scenes is doing, or how many there are once all are known.</summary>
    public string Note => places.Count == Size ? $"{Size} latents kept" : $"{places.Count} of {Size} latents kept, {producer?.Rates}";

    /// <summary>Some scenes and their latents, [count, 4, h, w].</summary>
    /// <param name="first">The number of the first; after the last comes the first again.</param>
    /// <param name="count">How many.</param>
    public (IReadOnlyList<Scene> Scenes, Tensor Latents) Take(long first, int count)
    {
        using var scope = NewDisposeScope();
        int[] wanted = [.. Enumerable.Range(0, count).Select(i => (int)((first + i) % Size))];
        Encode([.. wanted.Where(number => !places.ContainsKey(number)).Distinct()]);
        var latents = stack(wanted.Select(number => blocks[places[number].Block][places[number].Row]));
        return ([.. wanted.Select(number => scenes[number]!)], latents.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        producer?.Dispose();
        foreach (var block in blocks)
        {
            block.Dispose();
        }
    }

    // Scenes are asked for in order, so the producer, which begins where the run does, always has the next ones.
    private void Encode(int[] missing)
    {
        if (missing.Length == 0)
        {
            return;
        }

        producer ??= new SceneProducer(SceneSplit.Training, missing[0], Size);
        var drawn = producer.Take(missing.Length);
        using var noGradient = no_grad();
        using var images = SceneBatch.Images(drawn, device);
        var (mean, logVariance) = vae.Encode(images);
        logVariance.Dispose();
        blocks.Add(mean.mul_(vae.Config.ScalingFactor).DetachFromDisposeScope());
        for (var row = 0; row < missing.Length; row++)
        {
            scenes[missing[row]] = drawn[row].Scene;
            places[missing[row]] = (blocks.Count - 1, row);
        }
    }
}
