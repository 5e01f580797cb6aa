using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Drafts;

/// <summary>Prompts' syntax by its number on the wire, and back.</summary>
internal static class PromptNotations
{
    public static PromptSyntax ToSyntax(this PromptNotation notation) =>
        notation == PromptNotation.Weighted ? PromptSyntax.Weighted : PromptSyntax.Plain;

    public static PromptNotation ToNotation(this PromptSyntax syntax) =>
        syntax == PromptSyntax.Weighted ? PromptNotation.Weighted : PromptNotation.Plain;
}
