using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Tokenizers;

namespace DiffusionX.Pipeline;

/// <summary>
/// Where a text encoder and its tokenizer come from, with the textual inversions that the options name: each is one token or several, and
/// as many rows of the token embedding.
/// </summary>
internal sealed class TextEncoderSource
{
    private readonly IModelSource source;
    private readonly DiffusionModelOptions options;
    private readonly ClipTextConfig config;
    private readonly bool isSecond;
    private readonly ConceptVectors[] vectors;

    /// <param name="source">The model.</param>
    /// <param name="options">Its tokenizer and textual inversions.</param>
    /// <param name="config">The text encoder's shape, as its file has it.</param>
    /// <param name="isSecond">Whether it is Stable Diffusion XL's second one.</param>
    /// <exception cref="ModelConfigException">A textual inversion is of another kind of model.</exception>
    public TextEncoderSource(IModelSource source, DiffusionModelOptions options, ClipTextConfig config, bool isSecond)
    {
        this.source = source;
        this.options = options;
        this.config = config;
        this.isSecond = isSecond;
        vectors = [.. options.TextualInversions.Select(VectorsOf)];
    }

    /// <summary>The text encoder's name.</summary>
    public string Component => isSecond ? ModelComponent.TextEncoder2 : ModelComponent.TextEncoder;

    /// <summary>The tokenizer's name.</summary>
    public string TokenizerComponent => isSecond ? ModelComponent.Tokenizer2 : ModelComponent.Tokenizer;

    /// <summary>The text encoder's shape, with a row of its token embedding for each vector of the textual inversions.</summary>
    public ClipTextConfig Config => config with { VocabularySize = config.VocabularySize + vectors.Sum(concept => concept.Count) };

    /// <summary>How the names of the text encoder's weights are read.</summary>
    public CheckpointKeys Keys => config.ProjectionDim is null ? CheckpointKeys.ClipTextWithoutProjection : CheckpointKeys.ClipText;

    /// <summary>Reads the tokenizer.</summary>
    /// <exception cref="ModelConfigException">It is of another model.</exception>
    /// <exception cref="TokenizerException">
    /// Its files are missing or damaged, or a textual inversion has the name of one of its tokens.
    /// </exception>
    public ClipTokenizer LoadTokenizer()
    {
        var tokenizer = source.LoadTokenizer(TokenizerComponent, options.TokenizerFolder);
        if (tokenizer.VocabularySize > config.VocabularySize || tokenizer.MaxLength > config.MaxPositions)
        {
            throw new ModelConfigException(
                $"The {TokenizerComponent} has {tokenizer.VocabularySize} tokens and makes {tokenizer.MaxLength} of a prompt; the "
                + $"{Component} takes {config.VocabularySize} "
                + $"and {config.MaxPositions}. The tokenizer belongs to another model.");
        }

        string[] tokens = [.. options.TextualInversions.SelectMany(concept => concept.Tokens)];
        return tokens.Length == 0 ? tokenizer : tokenizer.WithAddedTokens(tokens, firstId: config.VocabularySize);
    }

    /// <summary>Opens the text encoder's weights.</summary>
    /// <exception cref="CheckpointException">They are missing or damaged.</exception>
    public IWeightSource OpenWeights()
    {
        var weights = source.OpenWeights(Component);
        return vectors.Length == 0 ? weights : new AppendedRows(weights, AppendedRows.TokenEmbedding, vectors);
    }

    private ConceptVectors VectorsOf(TextualInversion concept)
    {
        if ((isSecond ? concept.Second : concept.First) is not { } found)
        {
            throw new ModelConfigException(
                $"The textual inversion '{concept.Name}' is of a model with one text encoder, and this one has two.");
        }

        return found.Width == config.HiddenSize
            ? found
            : throw new ModelConfigException(
                $"The textual inversion '{concept.Name}' has vectors of width {found.Width} for the {Component}, whose are "
                + $"{config.HiddenSize} wide: it is of another kind of model.");
    }
}
