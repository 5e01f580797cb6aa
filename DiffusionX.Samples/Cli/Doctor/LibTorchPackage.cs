using System.Diagnostics;
using System.Runtime.InteropServices;
using DiffusionX.Runtime;

namespace DiffusionX.Cli.Doctor;

/// <summary>
/// libtorch among NuGet's packages: the tool, which has to be small enough for a package, comes without one and takes the one that NuGet
/// has fetched for this platform.
/// </summary>
internal static class LibTorchPackage
{
    /// <summary>The option of <c>diffusionx doctor</c> that has NuGet fetch it.</summary>
    public const string InstallOption = "--install-libtorch";

    // The one that TorchSharp 0.107 was built with.
    private const string Version = "2.10.0";

    private static string Platform => (OperatingSystem.IsWindows(), OperatingSystem.IsMacOS(), RuntimeInformation.ProcessArchitecture) switch
    {
        (true, _, Architecture.Arm64) => "win-arm64",
        (true, _, _) => "win-x64",
        (_, true, _) => "osx-arm64",
        _ => "linux-x64",
    };

    private static string Name => $"libtorch-cpu-{Platform}";

    private static string Packages => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string Folder => Path.Combine(Packages, Name, Version, "runtimes", Platform, "native");

    /// <summary>Names the package's folder to the library, which looks there if it finds no libtorch of its own.</summary>
    public static void Use() => AppContext.SetData(NativeSearchPath.LibTorchFolder, Folder);

    /// <summary>Has NuGet fetch it.</summary>
    /// <exception cref="TorchUnavailableException">That failed, or there is no .NET SDK to do it.</exception>
    public static async Task InstallAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("diffusionx-");
        try
        {
            var project = Path.Combine(folder.FullName, "libtorch.csproj");
            await File.WriteAllTextAsync(project, Project, cancellationToken);
            using var restore = Process.Start(new ProcessStartInfo("dotnet", ["restore", project, "--nologo"]) { RedirectStandardOutput = true })
                ?? throw new TorchUnavailableException("dotnet could not be started.");
            var output = await restore.StandardOutput.ReadToEndAsync(cancellationToken);
            await restore.WaitForExitAsync(cancellationToken);
            if (restore.ExitCode != 0 || !Directory.Exists(Folder))
            {
                throw new TorchUnavailableException($"NuGet could not fetch {Name} {Version}: {output.ReplaceLineEndings(" ").Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new TorchUnavailableException("There is no .NET SDK here to fetch libtorch with. Install it, or set DIFFUSIONX_LIBTORCH to the folder of a libtorch.", missing);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Project => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
          </PropertyGroup>
          <ItemGroup>
            <PackageDownload Include="{Name}" Version="[{Version}]" />
          </ItemGroup>
        </Project>
        """;
}
