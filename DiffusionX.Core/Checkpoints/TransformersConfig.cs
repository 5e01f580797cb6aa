namespace DiffusionX.Checkpoints;

/// <summary>What transformers writes into every config.json and what has no effect on a forward pass.</summary>
internal static class TransformersConfig
{
    private static readonly string[] Harmless =
    [
        "architectures", "attention_dropout", "attention_probs_dropout_prob", "bad_words_ids", "begin_suppress_tokens", "bos_token_id", "classifier_dropout",
        "cross_attention_hidden_size", "decoder_start_token_id", "diversity_penalty", "do_sample", "dropout", "dtype", "early_stopping",
        "encoder_no_repeat_ngram_size", "eos_token_id", "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
        "forced_eos_token_id", "gradient_checkpointing", "hidden_dropout_prob", "id2label", "initializer_factor", "initializer_range", "label2id",
        "length_penalty", "logit_scale_init_value", "max_length", "min_length", "model_type", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
        "num_return_sequences", "output_attentions", "output_hidden_states", "output_scores", "pad_token_id", "prefix", "problem_type", "pruned_heads",
        "remove_invalid_values", "repetition_penalty", "return_dict", "return_dict_in_generate", "sep_token_id", "suppress_tokens",
        "task_specific_params", "temperature", "tf_legacy_loss", "tie_encoder_decoder", "tie_word_embeddings", "tokenizer_class", "top_k", "top_p",
        "torch_dtype", "torchscript", "transformers_version", "typical_p", "use_bfloat16", "use_cache",
    ];

    /// <summary>Refuses what is left over, except for what transformers writes everywhere.</summary>
    public static void RefuseOtherMaths(this ConfigReader settings)
    {
        settings.Expect("add_cross_attention", false);
        settings.Expect("is_decoder", false);
        settings.Expect("is_encoder_decoder", false);
        settings.Expect("chunk_size_feed_forward", 0);
        settings.Ignore(Harmless);
        settings.RefuseOthers();
    }
}
