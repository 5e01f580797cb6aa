using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Models.Layers;

/// <summary>
/// Where the layers that are being constructed put their parameters. Like PyTorch's <c>with torch.device(...)</c> it holds for one thread and for as long
/// as it is not disposed; without one, parameters are float32 on the CPU.
/// </summary>
/// <remarks>
/// Parameters come uninitialised: drawing 860 million random numbers to overwrite them from a file is wasted time, and memory that nobody has
/// written to costs nothing yet. Whoever builds a model fills it, from a checkpoint or with an initialisation.
/// </remarks>
public sealed class ParameterPlacement : IDisposable
{
    [ThreadStatic]
    private static ParameterPlacement? current;

    private readonly ParameterPlacement? outer;

    private ParameterPlacement(Device device, ScalarType dtype)
    {
        Device = device;
        DType = dtype;
        outer = current;
        current = this;
    }

    /// <summary>The device that holds the parameters.</summary>
    public Device Device { get; }

    /// <summary>The type of their elements.</summary>
    public ScalarType DType { get; }

    /// <summary>Places the parameters of all layers that this thread constructs from now until the result is disposed.</summary>
    public static ParameterPlacement On(Device device, ScalarType dtype) => new(device, dtype);

    /// <inheritdoc/>
    public void Dispose() => current = outer;

    /// <summary>An uninitialised parameter, owned by the layer that asks for it.</summary>
    internal static Parameter Allocate(params long[] shape) => Own(empty(shape, current?.DType ?? ScalarType.Float32, current?.Device ?? CPU));

    /// <summary>
    /// An uninitialised convolution kernel [out, in, k, k], channels last in memory: the order in which oneDNN and cuDNN convolve without reordering it each time.
    /// </summary>
    internal static Parameter AllocateKernel(long outputs, long inputs, long size)
    {
        using var channelsLast = empty([outputs, size, size, inputs], current?.DType ?? ScalarType.Float32, current?.Device ?? CPU);
        return Own(channelsLast.permute(0, 3, 1, 2));
    }

    private static Parameter Own(Tensor uninitialised) => (Parameter)new Parameter(uninitialised, requires_grad: false).DetachFromDisposeScope();
}
