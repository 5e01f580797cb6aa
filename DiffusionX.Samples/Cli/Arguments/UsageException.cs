namespace DiffusionX.Cli.Arguments;

/// <summary>The command line asks for what there is not, which the parser could not tell.</summary>
internal sealed class UsageException(string message) : Exception(message);
