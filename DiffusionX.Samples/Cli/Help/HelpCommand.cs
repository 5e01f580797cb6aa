using System.CommandLine;

namespace DiffusionX.Cli.Help;

/// <summary><c>diffusionx help</c>: what <c>--help</c> says, of the program or of a command.</summary>
internal sealed class HelpCommand : Command
{
    private readonly Argument<string[]> names = new("command")
    {
        Description = "The command to read about, such as generate or train scenes. Without it, the program.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <param name="program">The program that it is a command of.</param>
    public HelpCommand(Command program)
        : base("help", "Say what the program, or a command, does.")
    {
        Add(names);
        names.Validators.Add(result =>
        {
            var command = program;
            foreach (var name in result.Tokens.Select(token => token.Value))
            {
                if (command.Subcommands.FirstOrDefault(each => each.Name == name || each.Aliases.Contains(name)) is not { } found)
                {
                    result.AddError($"There is no command '{name}' to read about.");
                    return;
                }

                command = found;
            }
        });
        SetAction((parsed, cancellationToken) =>
            program.Parse([.. parsed.GetRequiredValue(names), "--help"]).InvokeAsync(parsed.InvocationConfiguration, cancellationToken));
    }
}
