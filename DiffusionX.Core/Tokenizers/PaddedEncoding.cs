namespace DiffusionX.Tokenizers;

/// <summary>A text as a model takes it in a batch: filled up to a length, with a mask that tells what is text.</summary>
/// <param name="Ids">Token ids [L].</param>
/// <param name="AttentionMask">1 where <paramref name="Ids"/> has a token of the text, 0 where it was filled up [L].</param>
internal sealed record PaddedEncoding(long[] Ids, long[] AttentionMask);
