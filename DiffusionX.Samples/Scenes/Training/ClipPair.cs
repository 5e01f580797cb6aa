using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// What CLIP's stage learns: the image encoder, the text's projection, the temperature between them, and a question to both.
/// </summary>
internal sealed class ClipPair : nn.Module
{
    // Radford et al., 2021, section 2.5: the temperature begins at 0.07, and its inverse stays below 100.
    private static readonly float FirstScale = MathF.Log(1 / 0.07f);
    private static readonly float LargestScale = MathF.Log(100);

    private readonly Parameter logitScale;
    private readonly Linear projection;
    private readonly Linear naming;

    public ClipPair(ClipVisionConfig vision, int textWidth)
        : base(nameof(ClipPair))
    {
        Vision = new ClipVisionModel(vision);
        projection = nn.Linear(textWidth, vision.ProjectionDim, hasBias: false, device: ParameterPlacement.Here);
        naming = nn.Linear(vision.ProjectionDim, SceneLabels.Kinds * SceneLabels.States, device: ParameterPlacement.Here);
        logitScale = new Parameter(tensor(FirstScale, device: ParameterPlacement.Here));
        register_module("vision", Vision);
        register_module("projection", projection);
        register_module("naming", naming);
        register_parameter("logit_scale", logitScale);
    }

    public ClipVisionModel Vision { get; }

    /// <summary>The text's projection, [shared width, text width].</summary>
    public Tensor Projection => projection.weight!;

    /// <summary>Sets the temperature to where it begins.</summary>
    public void ResetScale()
    {
        using var noGradient = no_grad();
        logitScale.fill_(FirstScale);
    }

    /// <summary>Texts in the shared space.</summary>
    /// <param name="pooled">The text encoder's states at the texts' ends, [B, text width].</param>
    public Tensor Project(Tensor pooled) => projection.forward(pooled);

    /// <summary>How well each picture fits each text.</summary>
    /// <param name="texts">Texts in the shared space, [B, width].</param>
    /// <param name="pictures">Pictures in the shared space, [B, width].</param>
    /// <returns>[B, B]: rows are pictures, columns are texts; cosines times the scale.</returns>
    public Tensor Similarities(Tensor texts, Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var cosines = nn.functional.normalize(pictures).mm(nn.functional.normalize(texts).t());
        return (cosines * logitScale.clamp(max: LargestScale).exp()).MoveToOuterDisposeScope();
    }

    /// <summary>What a text or a picture says of each kind of thing: logits of its colours and of its absence.</summary>
    /// <param name="embeddings">Texts or pictures in the shared space, [B, width].</param>
    /// <returns>[B, kinds · states].</returns>
    public Tensor StatesOfKinds(Tensor embeddings) => naming.forward(embeddings);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Vision.Dispose();
            projection.Dispose();
            naming.Dispose();
            logitScale.Dispose();
        }

        base.Dispose(disposing);
    }
}
