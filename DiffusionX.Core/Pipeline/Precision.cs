namespace DiffusionX.Pipeline;

/// <summary>The type of the numbers that a model computes with, whatever its files hold.</summary>
public enum Precision
{
    /// <summary>Float32 on a CPU, Float16 on a GPU.</summary>
    Auto,

    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits, IEEE half. On CPUs much slower than <see cref="Float32"/>.</summary>
    Float16,

    /// <summary>16 bits with float32's range. On CPUs without AVX-512 bf16 hundreds of times slower than <see cref="Float32"/>.</summary>
    BFloat16,
}
