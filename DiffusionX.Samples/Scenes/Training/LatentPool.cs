using DiffusionX.Models.Vae;
using DiffusionX.Scenes.Streams;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// The scaled latents of the first scenes of the training split, each drawn and encoded when it is asked for the first time, and kept: a
/// VAE's encoder costs more than a step of a small UNet.
/// </summary>
internal sealed class LatentPool : IDisposable
{
    private readonly AutoencoderKL vae;
    private readonly Device device;
    private readonly Scene?[] scenes;

    // One tensor of all of them, so that a batch is one look-up whatever device they are on.
    private Tensor? latents;
    private int known;
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
    public string Note => known == Size ? $"{Size} latents kept" : $"{known} of {Size} latents kept, {producer?.Rates}";

    /// <summary>Some scenes and their latents, [count, 4, h, w].</summary>
    /// <param name="first">The number of the first; after the last comes the first again.</param>
    /// <param name="count">How many.</param>
    public (IReadOnlyList<Scene> Scenes, Tensor Latents) Take(long first, int count)
    {
        using var scope = NewDisposeScope();
        long[] wanted = [.. Enumerable.Range(0, count).Select(i => (first + i) % Size)];
        Encode([.. wanted.Where(number => scenes[number] is null).Distinct()]);
        var taken = latents!.index_select(0, tensor(wanted, device: device));
        return ([.. wanted.Select(number => scenes[number]!)], taken.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        producer?.Dispose();
        latents?.Dispose();
    }

    // Scenes are asked for in order, so the producer, which begins where the run does, always has the next ones.
    private void Encode(long[] missing)
    {
        if (missing.Length == 0)
        {
            return;
        }

        producer ??= new SceneProducer(SceneSplit.Training, (int)missing[0], Size);
        var drawn = producer.Take(missing.Length);
        Keep(missing, drawn);
        foreach (var (number, scene) in missing.Zip(drawn))
        {
            scenes[number] = scene.Scene;
        }

        known += missing.Length;
    }

    private void Keep(long[] numbers, IReadOnlyList<ScenePicture> drawn)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (mean, _) = vae.Encode(SceneBatch.Images(drawn, device));
        latents ??= empty([Size, .. mean.shape[1..]], device: device).DetachFromDisposeScope();
        latents.index_copy_(0, tensor(numbers, device: device), mean.mul_(vae.Config.ScalingFactor));
    }
}
