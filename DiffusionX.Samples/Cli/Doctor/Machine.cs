using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using DiffusionX.Runtime;

namespace DiffusionX.Cli.Doctor;

/// <summary>The machine's processor and memory, as far as this process may use them.</summary>
internal static class Machine
{
    /// <summary>The model's name and the number of logical cores.</summary>
    public static string ProcessorModel => $"{Processor.Model}, {Environment.ProcessorCount} logical cores";

    /// <summary>The instruction sets on which the speed of libtorch's kernels depends. BF16 is looked for on Linux alone.</summary>
    public static string VectorInstructions
    {
        get
        {
            (string Name, bool Supported)[] sets =
            [
                ("AVX2", Avx2.IsSupported),
                ("AVX-512", Avx512F.IsSupported),
                ("AVX-512 BF16", Processor.Instructions.Contains("avx512_bf16")),
                ("NEON", AdvSimd.IsSupported),
            ];
            return string.Join(", ", sets.Where(set => set.Supported).Select(set => set.Name).DefaultIfEmpty("none"));
        }
    }

    /// <summary>The memory that this process may use: the machine's, or its container's limit.</summary>
    public static string Memory => $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30):N1} GiB";
}
