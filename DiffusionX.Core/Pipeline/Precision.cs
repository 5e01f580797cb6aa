namespace DiffusionX.Pipeline;

/// <summary>The type of the numbers that a model computes with, whatever its files hold.</summary>
public enum Precision
{
    /// <summary>
    /// <see cref="Float16"/> on a GPU. On a CPU <see cref="BFloat16"/> where the model is large and a measurement of the processor, made once and
    /// kept in the user's cache, says that it pays; else <see cref="Float32"/>.
    /// </summary>
    Auto,

    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits, IEEE half. On CPUs much slower than <see cref="Float32"/>.</summary>
    Float16,

    /// <summary>
    /// 16 bits with float32's range; sums, normalisations' statistics, the timestep's embedding, the last convolution, the solver and Stable Diffusion
    /// XL's VAE stay in float32. Several times faster than <see cref="Float32"/> on CPUs with AVX-512 BF16 or AMX, hundreds of times slower on others.
    /// </summary>
    BFloat16,
}
