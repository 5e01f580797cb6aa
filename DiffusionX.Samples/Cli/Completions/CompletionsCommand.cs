using System.CommandLine;
using DiffusionX.Cli.Help;

namespace DiffusionX.Cli.Completions;

/// <summary><c>diffusionx completions</c>: what a shell needs to complete commands and options, which it asks the program for.</summary>
internal sealed class CompletionsCommand : Command, IHasExamples
{
    private const string Bash = """
        _diffusionx() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(diffusionx "[suggest:$COMP_POINT]" "$COMP_LINE" 2> /dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _diffusionx diffusionx
        """;

    private const string Zsh = """
        #compdef diffusionx
        _diffusionx() {
          local -a found
          found=("${(@f)$(diffusionx "[suggest:$CURSOR]" "$BUFFER" 2> /dev/null)}")
          compadd -- $found || _files
        }
        compdef _diffusionx diffusionx
        """;

    private const string Fish = """
        complete -c diffusionx -a '(diffusionx "[suggest:"(commandline -C)"]" (commandline) 2> /dev/null)'
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName diffusionx -ScriptBlock {
          param($word, $line, $position)
          diffusionx "[suggest:$position]" "$line" | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }
        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal) { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish, ["pwsh"] = PowerShell };

    private readonly Argument<string> shell = new("shell") { Description = "bash, zsh, fish or pwsh." };

    public CompletionsCommand()
        : base("completions", "Print what a shell needs to complete commands and options.")
    {
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        Add(shell);
        SetAction(parsed => Console.Out.WriteLine(Scripts[parsed.GetRequiredValue(shell)]));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("eval \"$(diffusionx completions bash)\"", "In ~/.bashrc, and the same with zsh in ~/.zshrc"),
        new("diffusionx completions fish > ~/.config/fish/completions/diffusionx.fish", "For fish"),
    ];
}
