using System.Runtime.CompilerServices;
using DiffusionX.Cli.Terminal;
using DiffusionX.Sessions;
using Spectre.Console;

namespace DiffusionX.Cli.Play;

/// <summary>What the user types, or what a script says in the user's stead: empty lines and those that begin with # are skipped.</summary>
internal sealed class PlayLines
{
    private const string Prompt = "> ";

    private readonly IReadOnlyList<string>? script;

    private PlayLines(IReadOnlyList<string>? script) => this.script = script;

    /// <summary>Whether somebody is there to read an error and go on.</summary>
    public bool AreTyped => script is null && !Console.IsInputRedirected;

    /// <summary>The lines of a script, or of the terminal.</summary>
    /// <exception cref="SessionException">The script can't be read.</exception>
    public static PlayLines Open(string? scriptFile)
    {
        try
        {
            return new PlayLines(scriptFile is null ? null : File.ReadAllLines(scriptFile));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SessionException($"The script {scriptFile} can't be read: {error.Message}", error);
        }
    }

    /// <summary>One line after another, until there are no more.</summary>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = (script ?? []).GetEnumerator();
        while (await NextAsync(lines, cancellationToken) is { } line)
        {
            var text = line.Trim();
            if (text.Length > 0 && text[0] != '#')
            {
                Echo(text);
                yield return text;
            }
        }
    }

    private async Task<string?> NextAsync(IEnumerator<string> lines, CancellationToken cancellationToken)
    {
        if (script is not null)
        {
            return lines.MoveNext() ? lines.Current : null;
        }

        if (AreTyped)
        {
            Consoles.Progress.Write(new Text(Prompt));
        }

        // Reading from a terminal can't be cancelled; the thread ends with the process.
        return await Task.Run(Console.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
    }

    private void Echo(string text)
    {
        if (!AreTyped)
        {
            Consoles.Output.WriteLine(Prompt + text);
        }
    }
}
