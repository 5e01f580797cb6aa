using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// The two linear layers of a UNet's transformer block, gated in between: GEGLU (Shazeer, "GLU Variants Improve Transformer", 2020).
/// </summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private const long Expansion = 4;

    // diffusers numbers the layers of this list 0 (GEGLU), 1 (dropout, without weights) and 2 (linear).
    [ComponentName(Name = "net")]
    private readonly ModuleDict<nn.Module<Tensor, Tensor>> layers;

    public FeedForward(long width)
        : base(nameof(FeedForward))
    {
        layers = nn.ModuleDict<nn.Module<Tensor, Tensor>>(
            ("0", new GatedGelu(width, width * Expansion)),
            ("2", new Linear(width * Expansion, width)));
        RegisterComponents();
    }

    /// <param name="tokens">[B, T, width].</param>
    /// <returns>[B, T, width].</returns>
    public override Tensor forward(Tensor tokens) => layers["0"].forward(tokens).Into(layers["2"]);

    private sealed class GatedGelu : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "proj")]
        private readonly Linear projection;

        public GatedGelu(long inputs, long outputs)
            : base(nameof(GatedGelu))
        {
            projection = new Linear(inputs, 2 * outputs);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens)
        {
            using var projected = projection.forward(tokens);
            var width = projected.size(-1) / 2;
            using var values = projected.narrow(-1, 0, width);
            using var gates = projected.narrow(-1, width, width);
            return gates.gelu().mul_(values);
        }
    }
}
