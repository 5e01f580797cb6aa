using static TorchSharp.torch;

namespace DiffusionX.Models.UNet;

/// <summary>The feature maps that the levels of a UNet leave, as they leave them: [B, C, H, W] each.</summary>
internal sealed class UNetFeatures : IDisposable
{
    private readonly List<Tensor> down = [];
    private readonly List<Tensor> up = [];

    /// <summary>After each level on the way down, highest resolution first.</summary>
    public IReadOnlyList<Tensor> Down => down;

    /// <summary>After each level on the way up, lowest resolution first.</summary>
    public IReadOnlyList<Tensor> Up => up;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var map in down.Concat(up))
        {
            map.Dispose();
        }
    }

    internal void AddDown(Tensor map) => down.Add(Kept(map));

    internal void AddUp(Tensor map) => up.Add(Kept(map));

    private static Tensor Kept(Tensor map) => map.alias().DetachFromDisposeScope();
}
