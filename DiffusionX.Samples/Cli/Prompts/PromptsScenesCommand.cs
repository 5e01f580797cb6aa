using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Scenes;

namespace DiffusionX.Cli.Prompts;

/// <summary><c>diffusionx prompts scenes</c>: sessions about the scenes that the shipped models draw.</summary>
internal sealed class PromptsScenesCommand : Command, IHasExamples
{
    private readonly Option<SceneSplit> split = new("--split")
    {
        Description = "Which scenes: those that models learned from, others like them, or with combinations that no model has seen.",
        DefaultValueFactory = _ => SceneSplit.Evaluation,
    };

    private readonly PromptSetOptions options;

    public PromptsScenesCommand()
        : base("scenes", "Sessions about scenes: a colour changed, a thing added, removed or moved, day to night, other words.")
    {
        Add(split);
        options = new PromptSetOptions(this);
        SetAction((parsed, cancellationToken) => Task.Run(() => Program(parsed).Run(cancellationToken), CancellationToken.None));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx prompts scenes --out prompts.jsonl --sessions 400 --rounds 3 --seed 1", "400 sessions about scenes that no model has learned from"),
    ];

    private PromptSetProgram Program(ParseResult parsed) => new(
        parsed.GetRequiredValue(options.Output),
        "scenes",
        cancellationToken => ScenePrompts.Draw(
            parsed.GetValue(split), parsed.GetValue(options.Sessions), parsed.GetValue(options.Rounds), parsed.GetValue(options.Seed), cancellationToken));
}
