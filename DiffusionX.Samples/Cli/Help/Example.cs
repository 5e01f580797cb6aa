namespace DiffusionX.Cli.Help;

/// <summary>A command line as one would type it, and what it is good for.</summary>
internal sealed record Example(string CommandLine, string Purpose);
