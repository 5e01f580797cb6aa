using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>
/// CLIP's text encoder (Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021): what a UNet reads
/// of a prompt, and the text's place in the space that it shares with pictures. The state dict has transformers' names.
/// </summary>
internal sealed class ClipTextModel : nn.Module
{
    [ComponentName(Name = "text_model")]
    private readonly ClipTextTransformer transformer;

    [ComponentName(Name = "text_projection")]
    private readonly Linear? projection;

    /// <summary>Builds the model; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public ClipTextModel(ClipTextConfig config)
        : base(nameof(ClipTextModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        transformer = new ClipTextTransformer(config);
        projection = config.ProjectionDim is { } width ? new Linear(config.HiddenSize, width, hasBias: false) : null;
        RegisterComponents();
    }

    /// <summary>The model's shape.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>
    /// Loads the encoder with its projection: from <c>text_encoder/</c>, or the text half of a whole CLIP in the folder itself.
    /// </summary>
    /// <exception cref="ModelConfigException">
    /// It has no projection, or its config is missing or asks for what is not built here.
    /// </exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or hold something else.</exception>
    internal static ClipTextModel LoadWithProjection(string folder) => ComponentFolder.Load(
        ComponentFolder.Within(folder, "text_encoder"),
        (json, source) => new ClipTextModel(ClipTextConfig.FromJsonWithProjection(json, source)),
        CheckpointKeys.ClipText);

    /// <summary>The hidden states of the last layer, after the final layer norm: what a UNet attends to.</summary>
    /// <param name="inputIds">[B, L], int64, L at most <see cref="ClipTextConfig.MaxPositions"/>.</param>
    /// <returns>[B, L, HiddenSize].</returns>
    public Tensor LastHiddenState(Tensor inputIds)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        using var scope = NewDisposeScope();
        return transformer.forward(inputIds).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What the last layer takes, without a layer norm, which Stable Diffusion XL's UNet attends to, and what it makes of it.
    /// </summary>
    /// <param name="inputIds">[B, L], int64, L at most <see cref="ClipTextConfig.MaxPositions"/>.</param>
    /// <returns>Both [B, L, HiddenSize]; the last one is that of <see cref="LastHiddenState"/>.</returns>
    public (Tensor Penultimate, Tensor Last) LastTwoHiddenStates(Tensor inputIds)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        using var scope = NewDisposeScope();
        var (penultimate, last) = transformer.LastTwo(inputIds);
        return (penultimate.MoveToOuterDisposeScope(), last.MoveToOuterDisposeScope());
    }

    /// <summary>The hidden state at each text's end token: one vector for the whole text.</summary>
    /// <param name="inputIds">[B, L], int64.</param>
    /// <param name="lastHiddenState">From <see cref="LastHiddenState"/> for the same ids.</param>
    /// <returns>[B, HiddenSize].</returns>
    public Tensor Pool(Tensor inputIds, Tensor lastHiddenState)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        ArgumentNullException.ThrowIfNull(lastHiddenState);
        using var scope = NewDisposeScope();
        var end = Config.EndToken is { } token ? inputIds.eq(token).to(ScalarType.Int32).argmax(-1) : inputIds.argmax(-1);
        var rows = arange(inputIds.size(0), ScalarType.Int64, inputIds.device);
        return lastHiddenState[TensorIndex.Tensor(rows), TensorIndex.Tensor(end)].MoveToOuterDisposeScope();
    }

    /// <summary>The text in the space that it shares with pictures; not normalised.</summary>
    /// <param name="inputIds">[B, L], int64.</param>
    /// <returns>[B, ProjectionDim].</returns>
    /// <exception cref="InvalidOperationException">The model has no projection.</exception>
    public Tensor Project(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        return Project(inputIds, LastHiddenState(inputIds)).MoveToOuterDisposeScope();
    }

    /// <summary>The same, where the hidden state is there already.</summary>
    /// <param name="inputIds">[B, L], int64.</param>
    /// <param name="lastHiddenState">From <see cref="LastHiddenState"/> for the same ids.</param>
    /// <returns>[B, ProjectionDim].</returns>
    /// <exception cref="InvalidOperationException">The model has no projection.</exception>
    public Tensor Project(Tensor inputIds, Tensor lastHiddenState) => projection is not null
        ? Pool(inputIds, lastHiddenState).Into(projection)
        : throw new InvalidOperationException("This text encoder has no projection into the space of pictures.");
}
