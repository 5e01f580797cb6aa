using System.CommandLine;

namespace DiffusionX.Cli.Prompts;

/// <summary><c>diffusionx prompts</c>: sets of sessions to measure with.</summary>
internal sealed class PromptsCommand : Command
{
    public PromptsCommand()
        : base("prompts", "Draw sets of sessions, each a prompt that somebody refines, to measure with.")
    {
        Add(new PromptsCocoCommand());
        Add(new PromptsScenesCommand());
    }
}
