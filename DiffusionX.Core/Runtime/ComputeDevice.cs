using TorchSharp;

namespace DiffusionX.Runtime;

/// <summary>The devices of libtorch by their names.</summary>
internal static class ComputeDevice
{
    /// <summary>The device of that name.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c> or <c>cuda:1</c> …</param>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded, or the device is not there.</exception>
    public static torch.Device Open(string name)
    {
        var full = name == "cuda" ? "cuda:0" : name;
        return TorchRuntime.Devices.Contains(full)
            ? torch.device(full)
            : throw new TorchUnavailableException(
                $"There is no device '{name}' here; there is {string.Join(", ", TorchRuntime.Devices)}. "
                + "GPUs need a build with -p:TorchBackend=cuda and NVIDIA's driver.");
    }
}
