namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>The names of a text encoder's layers in OpenCLIP (mlfoundations/open_clip, transformer.py) and those in transformers.</summary>
internal static class OpenClipNames
{
    /// <summary>What the names of the layers begin with.</summary>
    public const string Layers = "transformer.resblocks.";

    /// <summary>One matrix, or one vector, for the query, the key and the value.</summary>
    public const string JoinedProjection = ".attn.in_proj_";

    private static readonly (string OpenClip, string Transformers)[] Layer =
    [
        ("ln_1", "layer_norm1"),
        ("ln_2", "layer_norm2"),
        ("attn.out_proj", "self_attn.out_proj"),
        ("mlp.c_fc", "mlp.fc1"),
        ("mlp.c_proj", "mlp.fc2"),
    ];

    /// <summary>The names of a tower of so many layers; the joined projections are not among them.</summary>
    public static NameTable Create(int layers)
    {
        var table = new NameTable();
        table.Add("token_embedding", "text_model.embeddings.token_embedding");
        table.Add("positional_embedding", "text_model.embeddings.position_embedding.weight");
        table.Add("ln_final", "text_model.final_layer_norm");
        for (var i = 0; i < layers; i++)
        {
            foreach (var (openClip, transformers) in Layer)
            {
                table.Add($"{Layers}{i}.{openClip}", $"text_model.encoder.layers.{i}.{transformers}");
            }
        }

        return table;
    }
}
