using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Bert;

/// <summary>BERT with its pooler (Devlin et al., 2018). The state dict has transformers' names.</summary>
internal sealed class BertModel : nn.Module
{
    [ComponentName(Name = "embeddings")]
    private readonly BertEmbeddings embeddings;

    [ComponentName(Name = "encoder")]
    private readonly BertEncoder encoder;

    [ComponentName(Name = "pooler")]
    private readonly BertPooler pooler;

    /// <summary>Builds the model; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public BertModel(BertConfig config)
        : base(nameof(BertModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        embeddings = new BertEmbeddings(config);
        encoder = new BertEncoder(config);
        pooler = new BertPooler(config.HiddenSize);
        RegisterComponents();
    }

    /// <summary>The model's shape.</summary>
    public BertConfig Config { get; }

    /// <summary>Loads BERT from a folder.</summary>
    /// <exception cref="ModelConfigException">The config is missing or asks for what is not built here.</exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or hold something else.</exception>
    internal static BertModel Load(string folder) =>
        ComponentFolder.Load(folder, (json, source) => new BertModel(BertConfig.FromJson(json, source)), CheckpointKeys.Bert);

    /// <summary>The hidden states of the last layer. Those of masked positions mean nothing.</summary>
    /// <param name="inputIds">[B, L], int64, L at most <see cref="BertConfig.MaxPositions"/>; all of the first segment.</param>
    /// <param name="attentionMask">[B, L], 1 where a token is, 0 for padding.</param>
    /// <returns>[B, L, HiddenSize].</returns>
    public Tensor LastHiddenState(Tensor inputIds, Tensor attentionMask)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        ArgumentNullException.ThrowIfNull(attentionMask);
        using var scope = NewDisposeScope();
        var visible = attentionMask.to(ScalarType.Bool).unsqueeze(1).unsqueeze(1);
        return embeddings.forward(inputIds).Into(tokens => encoder.forward(tokens, visible)).MoveToOuterDisposeScope();
    }

    /// <summary>One vector for the whole text: the first token's hidden state, through a linear layer and tanh.</summary>
    /// <param name="lastHiddenState">From <see cref="LastHiddenState"/>.</param>
    /// <returns>[B, HiddenSize].</returns>
    public Tensor Pool(Tensor lastHiddenState)
    {
        ArgumentNullException.ThrowIfNull(lastHiddenState);
        using var scope = NewDisposeScope();
        return pooler.forward(lastHiddenState).MoveToOuterDisposeScope();
    }
}
