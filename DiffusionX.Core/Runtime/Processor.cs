namespace DiffusionX.Runtime;

/// <summary>The processor that measurements are of.</summary>
internal static class Processor
{
    // What matters for computing, as Linux calls it, and the variables that keep libtorch from using it.
    private static readonly string[] Instructions = ["avx2", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16"];
    private static readonly string[] Limits = ["ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"];

    /// <summary>
    /// The machine's name, the processor's and the instructions that it has: a virtual machine that keeps both names may have others when it
    /// starts again elsewhere.
    /// </summary>
    public static string Name => string.Join(
        ", ",
        [
            Environment.MachineName,
            Read("model name") ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor",
            .. (Read("flags") ?? "").Split(' ').Intersect(Instructions),
            .. Limits.Select(Environment.GetEnvironmentVariable).OfType<string>(),
        ]);

    private static string? Read(string name) => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2, StringSplitOptions.TrimEntries)[^1]
        : null;
}
