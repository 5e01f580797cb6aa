using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using DiffusionX.Evaluation.Prompts;
using Spectre.Console;

namespace DiffusionX.Cli.Prompts;

/// <summary>What <c>diffusionx prompts</c> does: draw sessions, write them, show one of them.</summary>
/// <param name="output">The file to write.</param>
/// <param name="source">What the sessions are drawn from.</param>
/// <param name="draw">Draws them.</param>
internal sealed class PromptSetProgram(string output, string source, Func<CancellationToken, IReadOnlyList<PromptSession>> draw)
{
    public int Run(CancellationToken cancellationToken)
    {
        var sessions = Consoles.Progress.Status().Start($"Drawing sessions from {Markup.Escape(source)} …", _ => draw(cancellationToken));
        PromptSet.Write(output, sessions);
        Consoles.Tell("prompts", new JsonObject { ["path"] = output, ["sessions"] = sessions.Count, ["rounds"] = sessions[0].Rounds.Length });
        Consoles.Output.WriteLine($"{output}: {sessions.Count} sessions of {sessions[0].Rounds.Length} rounds.");
        Show(sessions[0]);
        return 0;
    }

    private static void Show(PromptSession session)
    {
        Consoles.Progress.WriteLine($"The first of them, {session.Id}:");
        foreach (var round in session.Rounds)
        {
            Consoles.Progress.WriteLine(round.Edit is null ? $"  {round.Prompt}" : $"  {round.Prompt}  ({round.Edit})");
        }
    }
}
