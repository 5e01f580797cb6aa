using DiffusionX.Runtime;
using DiffusionX.Tests.Checkpoints.SingleFile;
using DiffusionX.Tests.Pipeline.RealSize;

namespace DiffusionX.Benchmarks;

/// <summary>
/// Writes Stable Diffusion 1.5 or Tiny-SD, or a whole model of Stable Diffusion XL's family, at its real size, with weights that are hashes of their
/// names: a folder in diffusers' layout, and of the latter beside it, with the ending .safetensors, the same in a single file.
/// </summary>
internal static class RealSizeModel
{
    public const string Verb = "write-model";

    public static int Write(string name, string folder)
    {
        if (RealSize15.Names.Contains(name))
        {
            TorchRuntime.EnsureLoaded();
            RealSize15.Write(folder, name);
            return 0;
        }

        if (!RealSizeXL.Names.Contains(name))
        {
            Console.Error.WriteLine($"'{name}' is none of {string.Join(", ", RealSize15.Names)}, {string.Join(", ", RealSizeXL.Names)}.");
            return 1;
        }

        TorchRuntime.EnsureLoaded();
        RealSizeXL.Write(folder, name);
        FolderToSingleFile.Write(folder, $"{Path.TrimEndingDirectorySeparator(folder)}.safetensors");
        return 0;
    }
}
