namespace DiffusionX.Cli.Play;

/// <summary>Something that can be typed in a session and is no prompt.</summary>
/// <param name="Name">With its slash.</param>
/// <param name="Argument">What follows it, for the help; empty for nothing.</param>
/// <param name="Purpose">What it does.</param>
/// <param name="RunAsync">Does it, given what followed.</param>
internal sealed record SlashCommand(string Name, string Argument, string Purpose, Func<string, CancellationToken, Task> RunAsync);
