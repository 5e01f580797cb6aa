using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Training.LowRank;

/// <summary>
/// Two thin matrices for each layer of a UNet, whose product is added to the layer's weight and is all that learns (Hu et al., "LoRA:
/// Low-Rank Adaptation of Large Language Models", 2021). The layers are those of LCM-LoRA (Luo et al., 2023): all linear ones and
/// convolutions of the blocks.
/// </summary>
/// <remarks>
/// The UNet computes with the sums as it does with any weights. The matrices' gradients come from those of the sums: of W + s·U·D they are
/// s·G·Dᵀ for U and s·Uᵀ·G for D, where G is that of the weight.
/// </remarks>
internal sealed class LowRankAdaptation : nn.Module
{
    private static readonly string[] Blocks = ["down_blocks.", "mid_block.", "up_blocks."];

    private readonly List<AdaptedLayer> layers = [];
    private readonly double scale;
    private readonly double alpha;

    /// <param name="unet">Whose layers are changed; it stays the caller's, with the sums in its weights.</param>
    /// <param name="original">The same UNet as it was loaded, which the sums are taken from; it stays the caller's too.</param>
    /// <param name="rank">The matrices' thin side.</param>
    /// <param name="alpha">Divided by the rank, what the products are scaled by.</param>
    public LowRankAdaptation(UNet2DConditionModel unet, UNet2DConditionModel original, int rank, double alpha)
        : base(nameof(LowRankAdaptation))
    {
        ArgumentNullException.ThrowIfNull(unet);
        ArgumentNullException.ThrowIfNull(original);
        this.alpha = alpha;
        scale = alpha / rank;
        var originals = original.state_dict();
        foreach (var (name, weight) in unet.named_parameters())
        {
            weight.requires_grad = Adapts(name, weight);
            if (weight.requires_grad)
            {
                layers.Add(AdaptedLayer.Of(name, weight, originals[name], rank));
            }
        }

        foreach (var layer in layers)
        {
            (layer.Up.requires_grad, layer.Down.requires_grad) = (true, true);
            register_parameter(layer.Key + "_up", layer.Up);
            register_parameter(layer.Key + "_down", layer.Down);
        }
    }

    /// <summary>Puts the sums into the UNet's weights.</summary>
    public void Merge()
    {
        using var noGradient = no_grad();
        foreach (var layer in layers)
        {
            using var scope = NewDisposeScope();
            layer.Weight.copy_(layer.Original + layer.Product(scale).view(layer.Weight.shape));
        }
    }

    /// <summary>A loss of the UNet as one of the matrices.</summary>
    /// <param name="lossOfUNet">Computes it, with the sums in the weights; its gradients are taken here.</param>
    /// <returns>A scalar of the same value, whose gradients are the matrices'.</returns>
    public Tensor Loss(Func<Tensor> lossOfUNet)
    {
        ArgumentNullException.ThrowIfNull(lossOfUNet);
        using var scope = NewDisposeScope();
        Merge();
        var loss = lossOfUNet();
        loss.backward();
        var sum = zeros_like(loss).detach();
        foreach (var layer in layers)
        {
            if (layer.Weight.grad is { } gradient)
            {
                sum += (gradient.detach().reshape(layer.Weight.shape[0], -1) * layer.Product(scale)).sum();
                layer.Weight.grad = null;
            }
        }

        return (loss.detach() + sum - sum.detach()).MoveToOuterDisposeScope();
    }

    /// <summary>Writes the matrices, in float16, with the names of kohya's scripts, which diffusers and most programs read.</summary>
    /// <param name="path">A .safetensors file.</param>
    /// <exception cref="CheckpointException">The file can't be written.</exception>
    public void Save(string path)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(path, layers.SelectMany(layer => new KeyValuePair<string, Tensor>[]
        {
            new($"{layer.Key}.lora_down.weight", layer.Down.detach().view(layer.DownShape).to(ScalarType.Float16)),
            new($"{layer.Key}.lora_up.weight", layer.Up.detach().view(layer.UpShape).to(ScalarType.Float16)),
            new($"{layer.Key}.alpha", tensor((float)alpha)),
        }));
    }

    private static bool Adapts(string name, Parameter weight) =>
        weight.dim() >= 2 && name.EndsWith(AdaptedLayer.WeightEnding, StringComparison.Ordinal)
        && Array.Exists(Blocks, block => name.StartsWith(block, StringComparison.Ordinal));

    /// <summary>A layer and its two matrices.</summary>
    /// <param name="Key">What kohya's scripts call it.</param>
    /// <param name="Weight">The UNet's, [out, in] or [out, in, h, w].</param>
    /// <param name="Original">As it was loaded, of the other UNet.</param>
    /// <param name="Up">[out, rank], zeros at first.</param>
    /// <param name="Down">[rank, in·h·w].</param>
    private sealed record AdaptedLayer(string Key, Parameter Weight, Tensor Original, Parameter Up, Parameter Down)
    {
        public const string WeightEnding = ".weight";

        private const string Prefix = "lora_unet_";

        public long[] DownShape => [Down.shape[0], .. Weight.shape[1..]];

        public long[] UpShape => [.. Up.shape, .. Weight.shape[2..].Select(_ => 1L)];

        public static AdaptedLayer Of(string name, Parameter weight, Tensor original, int rank)
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var inputs = weight.numel() / weight.shape[0];

            using var placement = ParameterPlacement.On(weight.device, ScalarType.Float32);
            var (up, down) = (ParameterPlacement.Allocate(weight.shape[0], rank), ParameterPlacement.Allocate(rank, inputs));
            up.zero_();

            // As of PyTorch's linear layers, which LoRA's authors take.
            down.uniform_(-1 / Math.Sqrt(inputs), 1 / Math.Sqrt(inputs));
            return new AdaptedLayer(Prefix + name[..^WeightEnding.Length].Replace('.', '_'), weight, original, up, down);
        }

        /// <summary>What is added to the weight, [out, in·h·w].</summary>
        public Tensor Product(double scale) => Up.mm(Down).mul(scale);
    }
}
