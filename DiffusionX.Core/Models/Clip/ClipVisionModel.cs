using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>
/// CLIP's image encoder, a vision transformer (Dosovitskiy et al., 2020; Radford et al., 2021): a picture's place in the space that it
/// shares with texts. The state dict has transformers' names.
/// </summary>
internal sealed class ClipVisionModel : nn.Module
{
    [ComponentName(Name = "vision_model")]
    private readonly ClipVisionTransformer transformer;

    [ComponentName(Name = "visual_projection")]
    private readonly Linear projection;

    /// <summary>Builds the model; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public ClipVisionModel(ClipVisionConfig config)
        : base(nameof(ClipVisionModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        transformer = new ClipVisionTransformer(config);
        projection = new Linear(config.HiddenSize, config.ProjectionDim, hasBias: false);
        RegisterComponents();
    }

    /// <summary>The model's shape.</summary>
    public ClipVisionConfig Config { get; }

    /// <summary>Loads the encoder: from <c>image_encoder/</c>, or the vision half of a whole CLIP in the folder itself.</summary>
    /// <exception cref="ModelConfigException">The config is missing or asks for what is not built here.</exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or hold something else.</exception>
    internal static ClipVisionModel Load(string folder) => ComponentFolder.Load(
        ComponentFolder.Within(folder, "image_encoder"),
        (json, source) => new ClipVisionModel(ClipVisionConfig.FromJson(json, source)),
        CheckpointKeys.ClipVision);

    /// <summary>The picture in the space that it shares with texts; not normalised.</summary>
    /// <param name="pixelValues">[B, 3, ImageSize, ImageSize], each channel less its mean, over its standard deviation.</param>
    /// <returns>[B, ProjectionDim].</returns>
    public Tensor Project(Tensor pixelValues)
    {
        ArgumentNullException.ThrowIfNull(pixelValues);
        using var scope = NewDisposeScope();
        return transformer.forward(pixelValues).Into(projection).MoveToOuterDisposeScope();
    }
}
