using System.Reflection;
using System.Runtime.InteropServices;
using DiffusionX.Runtime;

namespace DiffusionX.Cli.Doctor;

/// <summary>The software on which the program runs, apart from libtorch.</summary>
internal static class Software
{
    public static string DiffusionXVersion =>
        typeof(TorchRuntime).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static string DotNet => $"{RuntimeInformation.FrameworkDescription} ({RuntimeInformation.RuntimeIdentifier})";

    public static string OperatingSystem => $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})";
}
