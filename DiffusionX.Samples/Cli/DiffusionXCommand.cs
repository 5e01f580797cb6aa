using System.CommandLine;
using System.CommandLine.Help;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Completions;
using DiffusionX.Cli.Doctor;
using DiffusionX.Cli.Evaluate;
using DiffusionX.Cli.Fleet;
using DiffusionX.Cli.Generate;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Play;
using DiffusionX.Cli.Prompts;
using DiffusionX.Cli.Pull;
using DiffusionX.Cli.Serve;
using DiffusionX.Cli.Train;

namespace DiffusionX.Cli;

/// <summary>The program itself: <c>diffusionx</c>.</summary>
internal sealed class DiffusionXCommand : RootCommand, IHasExamples
{
    private const string TraceVariable = "DIFFUSIONX_TRACE";
    private const string VerboseOption = "--verbose";
    private const string JsonOption = "--json";

    public DiffusionXCommand()
        : base("Pictures from text, drafted on this device and refined in the cloud.")
    {
        Add(new PlayCommand());
        Add(new ServeCommand());
        Add(new GatewayCommand());
        Add(new WorkerCommand());
        Add(new GenerateCommand());
        Add(new PullCommand());
        Add(new TrainCommand());
        Add(new PromptsCommand());
        Add(new EvaluateCommand());
        Add(new DoctorCommand());
        Add(new CompletionsCommand());
        Add(new HelpCommand(this));
        Add(new Option<bool>(VerboseOption)
        {
            Description = $"Show the stack trace of an error, as the environment variable {TraceVariable}=1 does.",
            Recursive = true,
        });
        Add(new Option<bool>(JsonOption)
        {
            Description = "Write a JSON object a line to standard output: what is going on, and the results.",
            Recursive = true,
        });
        var helpOption = Options.OfType<HelpOption>().Single();
        var help = new HelpWithExamples((HelpAction)helpOption.Action!);
        helpOption.Action = help;
        SetAction(help.Invoke);
        NumberFormats.Apply(this);
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx play", "Type prompts, see previews, have the last one refined"),
        new("diffusionx generate \"a red house under a yellow moon, at night\"", "Draw a picture"),
        new("diffusionx doctor", "See whether everything is there, and how fast this machine is"),
    ];

    /// <summary>Whether the user asked for lines of JSON.</summary>
    public static bool WantsJson(ParseResult parsed) => parsed.GetValue<bool>(JsonOption);

    /// <summary>Whether the user asked for stack traces.</summary>
    public static bool WantsTrace(ParseResult parsed) =>
        parsed.GetValue<bool>(VerboseOption) || Environment.GetEnvironmentVariable(TraceVariable) == "1";
}
