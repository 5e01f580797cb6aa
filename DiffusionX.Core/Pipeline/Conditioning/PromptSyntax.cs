namespace DiffusionX.Pipeline.Conditioning;

/// <summary>How a prompt is read.</summary>
public enum PromptSyntax
{
    /// <summary>As words and nothing else, as diffusers' pipelines do; what is longer than the text encoder takes is cut.</summary>
    Plain,

    /// <summary>
    /// As A1111's web interface does: <c>(word:1.3)</c>, <c>(word)</c> and <c>[word]</c> weigh words, <c>\(</c> is a bracket, <c>BREAK</c>
    /// begins a new chunk, and <c>&lt;lora:name:0.8&gt;</c> names a LoRA. Prompts longer than the text encoder takes go through it in
    /// chunks.
    /// </summary>
    Weighted,
}
