using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// Where the layers that are being constructed put their parameters. Like PyTorch's <c>with torch.device(...)</c> it holds for one thread
/// and for as long as it is not disposed; without one, parameters are float32 on the CPU.
/// </summary>
/// <remarks>
/// Parameters come uninitialised: drawing 860 million random numbers to overwrite them from a file is wasted time, and memory that nobody
/// has written to costs nothing yet. Whoever builds a model fills it, from a checkpoint or with an initialisation.
/// </remarks>
internal sealed class ParameterPlacement : IDisposable
{
    [ThreadStatic]
    private static ParameterPlacement? current;

    private readonly ParameterPlacement? outer;

    private ParameterPlacement(Device device, ScalarType dtype, ScalarType storage)
    {
        Device = device;
        DType = dtype;
        Storage = storage;
        outer = current;
        current = this;
    }

    /// <summary>Where layers that this thread constructs now are put, for those that have to be told, such as libtorch's own.</summary>
    public static Device Here => current?.Device ?? CPU;

    /// <summary>The type that layers which this thread constructs now compute in.</summary>
    public static ScalarType ComputedType => current?.DType ?? ScalarType.Float32;

    /// <summary>Whether their matrices and kernels have to be brought to that type when they compute.</summary>
    public static bool StoresNarrow => current is { } placement && placement.Storage != placement.DType;

    /// <summary>The device that holds the parameters.</summary>
    public Device Device { get; }

    /// <summary>The type of their elements, in which the layers compute.</summary>
    public ScalarType DType { get; }

    /// <summary>
    /// The type in which matrices and kernels, almost all of a model, lie in memory. A layer widens its own when it computes.
    /// </summary>
    public ScalarType Storage { get; }

    /// <summary>Places the parameters of all layers that this thread constructs from now until the result is disposed.</summary>
    /// <param name="device">For <see cref="Device"/>.</param>
    /// <param name="dtype">For <see cref="DType"/>.</param>
    /// <param name="storage">For <see cref="Storage"/>; null for the type that they compute in.</param>
    public static ParameterPlacement On(Device device, ScalarType dtype, ScalarType? storage = null) => new(device, dtype, storage ?? dtype);

    /// <summary>
    /// Places them where they are placed now, but in float32: what is small, and sensitive to rounding.
    /// </summary>
    public static ParameterPlacement Exact() => new(Here, ScalarType.Float32, ScalarType.Float32);

    /// <inheritdoc/>
    public void Dispose() => current = outer;

    /// <summary>An uninitialised parameter, owned by the layer that asks for it.</summary>
    internal static Parameter Allocate(params long[] shape) => Own(Empty(ComputedType, shape));

    /// <summary>An uninitialised matrix, in the type of <see cref="Storage"/>.</summary>
    internal static Parameter AllocateMatrix(params long[] shape) => Own(Empty(StoredType, shape));

    /// <summary>Uninitialised matrices, each in the type of <see cref="Storage"/>, one after another in memory.</summary>
    internal static StackedMatrices AllocateStacked(int count, long outputs, long inputs)
    {
        var whole = Empty(StoredType, count * outputs, inputs).DetachFromDisposeScope();
        return new StackedMatrices(whole, [.. Enumerable.Range(0, count).Select(part => Own(whole.narrow(0, part * outputs, outputs)))]);
    }

    /// <summary>
    /// An uninitialised convolution kernel [out, in, h, w], channels last in memory: the order in which oneDNN and cuDNN convolve without
    /// reordering it each time.
    /// </summary>
    internal static Parameter AllocateKernel(long outputs, long inputs, (long Height, long Width) size)
    {
        using var channelsLast = Empty(StoredType, outputs, size.Height, size.Width, inputs);
        return Own(channelsLast.permute(0, 3, 1, 2));
    }

    /// <summary>An uninitialised tensor that belongs to a layer's state but is not learned by gradients.</summary>
    internal static Tensor AllocateBuffer(params long[] shape) => Empty(ComputedType, shape).DetachFromDisposeScope();

    /// <summary>A zero that counts, int64 whatever the type of the parameters.</summary>
    internal static Tensor AllocateCounter() => zeros([], ScalarType.Int64, Here).DetachFromDisposeScope();

    private static ScalarType StoredType => current?.Storage ?? ScalarType.Float32;

    private static Tensor Empty(ScalarType dtype, params long[] shape) => empty(shape, dtype, Here);

    private static Parameter Own(Tensor uninitialised) =>
        (Parameter)ParameterOf(uninitialised.DecoupleFromNativeHandle()).DetachFromDisposeScope();

    // The public constructor counts the tensor that it is made from as alive for ever (TorchSharp 0.107), and the count of live tensors is
    // how leaks are found.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern Parameter ParameterOf(nint handle);
}
