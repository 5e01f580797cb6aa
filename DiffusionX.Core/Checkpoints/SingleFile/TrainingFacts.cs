using System.Globalization;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// How a single file's model was trained, as far as its metadata (modelspec, Stability-AI/ModelSpec), tensors that serve as marks, or its
/// weights say it.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="family">The model's family.</param>
internal sealed class TrainingFacts(SafetensorsFile file, SingleFileFamily family)
{
    private const int PixelsPerLatent = 8;
    private const int MaxPixels = 4096;
    private const long StepOfStableDiffusion2Base = 875_000;
    private const double DeviationOfVelocities = 0.09;
    private const long MaxNormWidth = 1 << 16;

    /// <summary>Whether the noise schedule ends in pure noise.</summary>
    public bool ZeroTerminalSnr => file.Tensors.ContainsKey(KnownExtras.ZeroTerminalSnr);

    /// <summary>Whether the model predicts velocities (Salimans and Ho, "Progressive Distillation", 2022), and not the noise.</summary>
    /// <param name="unet">The UNet's tensors.</param>
    public bool PredictsVelocity(IReadOnlyList<ViewedTensor> unet)
    {
        if ((Metadata("modelspec.prediction_type") ?? Metadata("modelspec.predict_key")) is { } type)
        {
            return type.StartsWith('v');
        }

        return file.Tensors.ContainsKey(KnownExtras.PredictsVelocity)
            || Metadata("modelspec.architecture")?.EndsWith("-v", StringComparison.Ordinal) == true
            || (family == SingleFileFamily.StableDiffusion2 && StableDiffusion2PredictsVelocity(unet));
    }

    /// <summary>The height and width of the latents that the model was trained on.</summary>
    public int SampleSize(bool predictsVelocity) => Resolution() / PixelsPerLatent ?? family switch
    {
        SingleFileFamily.StableDiffusion1 => 64,
        SingleFileFamily.StableDiffusion2 => predictsVelocity ? 96 : 64,
        _ => 128,
    };

    // diffusers knows SD 2's base, which predicts noise, by its last training step. Published safetensors files do not hold it; there
    // ComfyUI looks at how far the biases of the last attention's first norm are spread, which sets apart the models that predict
    // velocities. Inpainting models predict noise.
    private bool StableDiffusion2PredictsVelocity(IReadOnlyList<ViewedTensor> unet)
    {
        if (file.Tensors.TryGetValue("global_step", out var step) && step.Count == 1)
        {
            return Read(step, values => values.to(ScalarType.Int64).item<long>()) != StepOfStableDiffusion2Base;
        }

        var isText2Image = unet.Any(tensor => tensor.Entry is { Name: "conv_in.weight", Shape: [_, 4, ..] });
        var bias = unet.Select(tensor => file.Tensors[tensor.StoredAs])
            .Where(entry => entry.Name.EndsWith(".1.transformer_blocks.0.norm1.bias", StringComparison.Ordinal))
            .MaxBy(entry => BlockOf(entry.Name));
        return isText2Image && bias is { Count: > 0 and < MaxNormWidth }
            && Read(bias, values => values.to(ScalarType.Float64).std(unbiased: false).item<double>()) > DeviationOfVelocities;
    }

    private static int BlockOf(string name)
    {
        const string blocks = ".output_blocks.";
        var start = name.IndexOf(blocks, StringComparison.Ordinal);
        return start >= 0 && int.TryParse(name[(start + blocks.Length)..].Split('.', 2)[0], NumberStyles.None, CultureInfo.InvariantCulture, out var block) ? block : -1;
    }

    private T Read<T>(TensorEntry entry, Func<Tensor, T> measure)
    {
        using var scope = NewDisposeScope();
        return measure(file.Read(entry.Name));
    }

    private string? Metadata(string name) => file.Metadata.GetValueOrDefault(name);

    // "768x768"
    private int? Resolution() =>
        Metadata("modelspec.resolution")?.Split('x') is [var width, var height] && width == height
        && int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels)
        && pixels is >= PixelsPerLatent and <= MaxPixels
            ? pixels
            : null;
}
