using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Terminal;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using Spectre.Console;

namespace DiffusionX.Cli.Doctor;

/// <summary><c>diffusionx doctor</c>: what is installed here, how fast it is, and whether it is enough.</summary>
internal sealed class DoctorCommand : Command, IHasExamples
{
    private readonly Option<bool> install = new(LibTorchPackage.InstallOption) { Description = "Have NuGet fetch libtorch (128 MB), if the program came without it." };

    public DoctorCommand()
        : base("doctor", "Show versions, devices and measured speed, and say whether DiffusionX can run here.")
    {
        Add(install);
        SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(install))
            {
                await LibTorchPackage.InstallAsync(cancellationToken);
            }

            return await Task.Run(() => Examine(cancellationToken), cancellationToken);
        });
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx doctor", "Examine this machine; takes a few seconds for each device"),
        new("diffusionx doctor > report.txt", "Keep the result, for instance for a bug report"),
    ];

    private static int Examine(CancellationToken cancellationToken)
    {
        var report = new Report();
        AddMachine(report);
        try
        {
            AddLibtorch(report);
        }
        catch (TorchUnavailableException missing)
        {
            report.Add("Native library", TorchRuntime.LibraryPath ?? "not found");
            report.Print(Consoles.Output, $"Not ready: {missing.Message}", isReady: false);
            return 1;
        }

        var verdict = Measure(report, cancellationToken);
        report.Print(Consoles.Output, verdict, isReady: true);
        return 0;
    }

    private static void AddMachine(Report report)
    {
        report.Add("DiffusionX", Software.DiffusionXVersion);
        report.Add("TorchSharp", TorchRuntime.TorchSharpVersion);
        report.Add(".NET", Software.DotNet);
        report.Add("System", Software.OperatingSystem);
        report.Add("Processor", Machine.ProcessorModel);
        report.Add("Vector instructions", Machine.VectorInstructions);
        report.Add("Memory", Machine.Memory);
    }

    private static void AddLibtorch(Report report)
    {
        report.Add("libtorch", TorchRuntime.LibTorchVersion);
        report.Add("Native library", TorchRuntime.LibraryPath ?? "where the system found it");
        report.Add("Loaded", TorchRuntime.UsedFallback ? "from a corrected copy in memory: libstdc++ is old here" : "by the system");
        report.Add("Devices", string.Join(", ", TorchRuntime.Devices));
        report.Add("Threads", $"{DeviceSpeed.Threads}");
    }

    /// <returns>The verdict.</returns>
    private static string Measure(Report report, CancellationToken cancellationToken)
    {
        var fastest = (Device: "", Speed: 0.0);
        foreach (var device in TorchRuntime.Devices)
        {
            var speed = Consoles.Progress.Status().Start($"Measuring {device} …", _ => DeviceSpeed.Measure(device, cancellationToken));
            report.Add($"GEMM on {device}", $"{speed.MatrixProduct:N0} GFLOP/s (2048³, float32)");
            report.Add($"Convolution on {device}", $"{speed.Convolution:N0} GFLOP/s (3×3, [2, 320, 64, 64], float32)");
            fastest = speed.Convolution > fastest.Speed ? (device, speed.Convolution) : fastest;
        }

        var rounded = PrecisionMeasurement.Speed();
        report.Add("bfloat16 on cpu", $"{rounded.Gain:N1} × float32's speed: large models compute in {(rounded.Pays ? "it" : "float32")} by themselves");
        return $"Ready: {fastest.Device} convolves with {fastest.Speed:N0} GFLOP/s.";
    }
}
