using DiffusionX.Models.Common;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Inception;

/// <summary>
/// A chain of convolutions and poolings, written down as a figure of the paper draws it. It owns nothing: the module that it is part of
/// registers the <see cref="Units"/> under their names.
/// </summary>
internal sealed class Branch
{
    private readonly List<(string Name, BasicConv2d Unit)> units = [];
    private readonly List<Func<Tensor, Tensor>> steps = [];
    private long channels;

    private Branch(long channels) => this.channels = channels;

    /// <summary>The convolutions and the names that torchvision gives them.</summary>
    public IEnumerable<(string Name, BasicConv2d Unit)> Units => units;

    /// <summary>A branch that so far hands on what comes in.</summary>
    public static Branch From(long channels) => new(channels);

    /// <summary>A convolution with an odd square kernel that keeps height and width.</summary>
    public Branch Convolve(string name, long outputs, long kernel) => Convolve(name, outputs, (kernel, kernel));

    /// <summary>A convolution with an odd kernel that keeps height and width.</summary>
    public Branch Convolve(string name, long outputs, (long Height, long Width) kernel) => Append(name, Same(outputs, kernel), outputs);

    /// <summary>A 3×3 convolution without padding: the map loses its edge, and with stride 2 every other position.</summary>
    public Branch ConvolveInside(string name, long outputs, long stride = 1) =>
        Append(name, new BasicConv2d(channels, outputs, (3, 3), stride, (0, 0)), outputs);

    /// <summary>One of the <see cref="Pooling"/>s.</summary>
    public Branch Pool(Func<Tensor, Tensor> pooling)
    {
        steps.Add(pooling);
        return this;
    }

    /// <summary>A 1×3 and a 3×1 convolution side by side, concatenated.</summary>
    public Branch Fork(string wideName, string highName, long outputs)
    {
        var wide = Same(outputs, (1, 3));
        var high = Same(outputs, (3, 1));
        units.Add((wideName, wide));
        units.Add((highName, high));
        steps.Add(map => Concatenation.Of(map, wide.forward, high.forward));
        channels = 2 * outputs;
        return this;
    }

    /// <param name="map">[B, channels, H, W]; it is left as it is.</param>
    /// <returns>[B, C', H', W'].</returns>
    public Tensor Follow(Tensor map)
    {
        var result = map.alias();
        foreach (var step in steps)
        {
            result = result.Into(step);
        }

        return result;
    }

    private BasicConv2d Same(long outputs, (long Height, long Width) kernel) =>
        new(channels, outputs, kernel, stride: 1, padding: (kernel.Height / 2, kernel.Width / 2));

    private Branch Append(string name, BasicConv2d unit, long outputs)
    {
        units.Add((name, unit));
        steps.Add(unit.forward);
        channels = outputs;
        return this;
    }
}
