using System.CommandLine;
using System.Globalization;

namespace DiffusionX.Cli.Prompts;

/// <summary>What every set of sessions is drawn by.</summary>
internal sealed class PromptSetOptions
{
    private const int MostRounds = 16;

    public PromptSetOptions(Command command)
    {
        foreach (var option in new Option[] { Output, Sessions, Rounds, Seed })
        {
            command.Add(option);
        }

        Require(Sessions, 1, int.MaxValue);
        Require(Rounds, 2, MostRounds);
    }

    public Option<string> Output { get; } = new("--out", "-o") { Description = "The file to write, a session in each line. A file of that name is replaced.", DefaultValueFactory = _ => "prompts.jsonl" };

    public Option<int> Sessions { get; } = new("--sessions") { Description = "How many sessions.", DefaultValueFactory = _ => 400 };

    public Option<int> Rounds { get; } = new("--rounds") { Description = "How many prompts in each.", DefaultValueFactory = _ => 3 };

    public Option<int> Seed { get; } = new("--seed") { Description = "The same seed draws the same sessions.", DefaultValueFactory = _ => 1 };

    // What is no number, the parser says itself.
    private static void Require(Option<int> option, int least, int most) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && (number < least || number > most))
        {
            result.AddError($"{option.Name} is {number}; it has to be {(most == int.MaxValue ? $"at least {least}" : $"{least} to {most}")}.");
        }
    });
}
