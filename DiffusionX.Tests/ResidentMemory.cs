using System.Globalization;

namespace DiffusionX.Tests;

/// <summary>The resident memory of this process, as Linux counts it; see proc(5).</summary>
internal static class ResidentMemory
{
    /// <summary>Begins a new peak.</summary>
    /// <returns>The bytes resident now.</returns>
    public static long BeginPeak()
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Status("VmRSS");
    }

    /// <summary>The most bytes that were resident since the peak was begun.</summary>
    public static long Peak() => Status("VmHWM");

    /// <summary>The most bytes that were resident in another process.</summary>
    public static long Peak(int process) => Status("VmHWM", process.ToString(CultureInfo.InvariantCulture));

    /// <summary>The bytes resident now.</summary>
    public static long Now() => Status("VmRSS");

    private static long Status(string name, string process = "self")
    {
        var line = File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
