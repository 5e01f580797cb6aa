using DiffusionX.Models;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>CLIP's two halves and the temperature between them, as one module to be trained.</summary>
internal sealed class ClipPair : nn.Module
{
    // Radford et al., 2021, section 2.5: the temperature begins at 0.07, and its inverse stays below 100.
    private static readonly float FirstScale = MathF.Log(1 / 0.07f);
    private static readonly float LargestScale = MathF.Log(100);

    [ComponentName(Name = "logit_scale")]
    private readonly Parameter logitScale;

    public ClipPair(ClipTextConfig text, ClipVisionConfig vision)
        : base(nameof(ClipPair))
    {
        Text = new ClipTextModel(text);
        Vision = new ClipVisionModel(vision);
        logitScale = new Parameter(tensor(FirstScale).to(Vision.parameters().First().device));
        register_module("text", Text);
        register_module("vision", Vision);
        register_parameter("logit_scale", logitScale);
    }

    public ClipTextModel Text { get; }

    public ClipVisionModel Vision { get; }

    /// <summary>Sets the temperature to where it begins.</summary>
    public void ResetScale()
    {
        using var noGradient = no_grad();
        logitScale.fill_(FirstScale);
    }

    /// <summary>How well each picture fits each text.</summary>
    /// <param name="prompts">[B, L], int64.</param>
    /// <param name="pixelValues">[B, 3, H, W].</param>
    /// <returns>[B, B]: rows are pictures, columns are texts; cosines times the scale.</returns>
    public Tensor Similarities(Tensor prompts, Tensor pixelValues)
    {
        using var scope = NewDisposeScope();
        var texts = nn.functional.normalize(Text.Project(prompts));
        var pictures = nn.functional.normalize(Vision.Project(pixelValues));
        return (pictures.mm(texts.t()) * logitScale.clamp(max: LargestScale).exp()).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        Text.Dispose();
        Vision.Dispose();
        base.Dispose(disposing);
    }
}
