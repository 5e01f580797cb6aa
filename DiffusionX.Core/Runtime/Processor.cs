using System.Runtime.InteropServices;

namespace DiffusionX.Runtime;

/// <summary>The processor that this process runs on.</summary>
internal static class Processor
{
    private const string LinuxDescription = "/proc/cpuinfo";

    // What matters for computing, as Linux calls it, and the variables that keep libtorch from using it.
    private static readonly string[] ThatMatter = ["avx2", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16"];
    private static readonly string[] Limits = ["ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"];

    /// <summary>What its maker calls it, or its architecture.</summary>
    public static string Model { get; } =
        LinuxField("model name") ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Its instruction sets, as Linux calls them; none elsewhere.</summary>
    public static IReadOnlyList<string> Instructions { get; } = LinuxField("flags")?.Split(' ') ?? [];

    /// <summary>
    /// What measurements are kept by: the machine's name, the processor's and the instructions that it has. A virtual machine that keeps both
    /// names may have others when it starts again elsewhere.
    /// </summary>
    public static string Identity =>
        string.Join(", ", [Environment.MachineName, Model, .. Instructions.Intersect(ThatMatter), .. Limits.Select(Environment.GetEnvironmentVariable).OfType<string>()]);

    private static string? LinuxField(string name)
    {
        var lines = File.Exists(LinuxDescription) ? File.ReadLines(LinuxDescription) : [];
        return lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim();
    }
}
