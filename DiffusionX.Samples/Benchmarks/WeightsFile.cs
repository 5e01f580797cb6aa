using System.Diagnostics;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Benchmarks;

/// <summary>
/// Stable Diffusion 1.5's UNet as a float16 file, written by a process of its own: what it takes to write gigabytes would leave the process
/// that loads them with memory that is warm already.
/// </summary>
internal static class WeightsFile
{
    public const string Verb = "write-weights";

    public static void WriteInAnotherProcess(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(WeightsFile).Assembly.Location, Verb, path]))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The process that writes the weights ended with {process.ExitCode}.");
        }
    }

    public static int Write(string path)
    {
        TorchRuntime.EnsureLoaded();
        using var placement = ParameterPlacement.On(CPU, ScalarType.Float16);
        using var unet = new UNet2DConditionModel(PublishedUNets.ConfigOf(PublishedUNet.StableDiffusion15));
        HashWeights.Fill(unet);
        SafetensorsWriter.Save(path, unet.state_dict());
        return 0;
    }
}
