using System.Globalization;
using System.Text.Json.Nodes;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Generate;
using DiffusionX.Cli.Terminal;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;
using Spectre.Console;

namespace DiffusionX.Cli.Play;

/// <summary>A session while it is played: every line is a prompt, which gives a preview, or a slash command.</summary>
internal sealed class PlaySession
{
    private const string UnnamedSession = "session.dxs";
    private const string UnnamedResult = "final.png";

    private readonly EdgeSession session;
    private readonly PlaySettings settings;
    private readonly PlayGallery gallery;
    private readonly SlashCommand[] commands;
    private int? refined;
    private Picture? start;
    private Mask? mask;
    private bool ended;

    public PlaySession(EdgeSession session, PlaySettings settings, PlayGallery gallery)
    {
        this.session = session;
        this.settings = settings;
        this.gallery = gallery;
        commands =
        [
            new("/undo", "", "go back to the round that this one started from", (_, _) => Now(Undo)),
            new("/back", "N", "go back to round N; the next prompt starts from there", (argument, _) => Now(() => GoBack(argument))),
            new("/seed", "[N]", "draw the next rounds with another seed", (argument, _) => Now(() => Reseed(argument))),
            new("/start", "[FILE]", "the next prompt starts from this picture; without a file, from the round again", (argument, _) => Now(() => SetStart(argument))),
            new("/mask", "[FILE]", "the next prompt redraws what is white in this picture alone; without a file, all again", (argument, _) => Now(() => SetMask(argument))),
            new("/final", "[KEEP]", "have this round's draft refined by the large model; 1 keeps nearly all of it, 0 draws nearly anew", RefineAsync),
            new("/save", "[FILE]", "save the session, for play --session FILE; or, as .png, the preview", SaveAsync),
            new("/quit", "", "end without refining", (_, _) => Now(() => ended = true)),
            new("/help", "", "show this", (_, _) => Now(Help)),
        ];
    }

    /// <summary>Takes lines until there are no more; then the last draft is refined, if it was not yet.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <exception cref="DiffusionXException">A line of a script can't be done. One that was typed is answered with the error's
    /// message.</exception>
    public async Task RunAsync(PlayLines lines, CancellationToken cancellationToken)
    {
        await foreach (var line in lines.ReadAsync(cancellationToken))
        {
            await TakeAsync(line, lines.AreTyped, cancellationToken);
            if (ended)
            {
                return;
            }
        }

        if (session.Current is { } last && last.Number != refined)
        {
            await RefineAsync("", cancellationToken);
        }
    }

    /// <summary>Saves the session beside the pictures, if anything was drawn in it.</summary>
    public async Task KeepAsync()
    {
        if (session.Rounds.Count > 0)
        {
            var path = FreeSessionFile();
            await session.SaveAsync(path, CancellationToken.None);
            Consoles.Tell("saved", new JsonObject { ["path"] = path });
            Consoles.Output.WriteLine($"The session is kept: diffusionx play --session {path} goes on with it.");
        }
    }

    private async Task TakeAsync(string line, bool isTyped, CancellationToken cancellationToken)
    {
        try
        {
            await (line[0] == '/' ? ObeyAsync(line, cancellationToken) : DrawAsync(line, cancellationToken));
        }
        catch (DiffusionXException error) when (isTyped)
        {
            Consoles.Output.Write(new Text(error.Message + "\n", new Style(Color.Red)));
        }
    }

    private Task ObeyAsync(string line, CancellationToken cancellationToken)
    {
        var words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        var command = commands.FirstOrDefault(known => known.Name == words[0])
            ?? throw new SessionException($"There is no {words[0]}; /help shows what there is. A prompt does not begin with a slash.");
        return command.RunAsync(words.ElementAtOrDefault(1) ?? "", cancellationToken);
    }

    private async Task DrawAsync(string prompt, CancellationToken cancellationToken)
    {
        SayHowItIsRead(prompt);
        var round = new RoundOptions { InitImage = start, Mask = mask, Loras = Loras(prompt) };
        var draft = await PlayDisplay.DrawAsync(progress => session.PromptAsync(prompt, round, progress, cancellationToken));
        (start, mask) = (null, null);
        gallery.Add(draft);
        Consoles.Tell("round", PlayEvents.Of(draft.Round));
        Show(draft.Picture);
        Consoles.Output.WriteLine(Describe(draft.Round));
        if (draft.PromptTokensCut > 0)
        {
            Consoles.Output.WriteLine($"The prompt is too long for this model: its last {draft.PromptTokensCut} tokens were not read.");
        }
    }

    private void SayHowItIsRead(string prompt)
    {
        var request = Read(prompt);
        foreach (var sentence in request.DescribeSyntax())
        {
            Consoles.Output.WriteLine(sentence);
        }

        foreach (var lora in settings.LoraFolder is null ? request.NamedLoras() : [])
        {
            Consoles.Output.WriteLine($"The prompt names the LoRA '{lora.Name}', which is not applied. play --lora-folder says where it lies.");
        }
    }

    private static GenerationRequest Read(string prompt) => new() { Prompt = prompt, PromptSyntax = PromptSyntax.Weighted };

    /// <summary>The LoRAs of a prompt that names some, beside the session's own; null for those alone.</summary>
    private IReadOnlyList<LoraSelection>? Loras(string prompt)
    {
        try
        {
            return settings.LoraFolder is { } folder && Read(prompt).NamedLoras() is { Count: > 0 } named
                ? [.. settings.Edge.Loras, .. named.Select(folder.Find)]
                : null;
        }
        catch (UsageException missing)
        {
            throw new SessionException(missing.Message, missing);
        }
    }

    private async Task RefineAsync(string argument, CancellationToken cancellationToken)
    {
        var refining = argument.Length == 0 ? session.Refinement : session.Refinement.Keeping(Share(argument));
        var loras = settings.CloudLoras.Count == 0 && session.Current is { } last ? Loras(last.Prompt) : null;
        refining = loras is null ? refining : refining with { Loras = loras };
        var result = await PlayDisplay.RefineAsync(progress => refining == session.Refinement
            ? session.FinalizeAsync(progress, cancellationToken)
            : session.FinalizeAsync(refining, progress, cancellationToken));
        var path = OutputFiles.Free(Path.Combine(settings.OutputFolder, UnnamedResult));
        result.Save(path);
        refined = result.Round.Number;
        gallery.Add(result);
        Consoles.Tell("final", PlayEvents.Of(result, path));
        Show(result.Picture);
        Consoles.Output.WriteLine($"{path}  (round {result.Round.Number}, refined by {result.Report.RefinedBy})");
        Consoles.Output.Write(PlayTables.Of(result.Report));
    }

    private void Undo() => Consoles.Output.WriteLine(session.Undo() is { } round ? $"Back at {Describe(round)}" : "Back at the beginning: the next prompt starts from noise.");

    private void GoBack(string argument) => Consoles.Output.WriteLine($"Back at {Describe(session.GoBackTo((int)Number(argument, "/back takes the number of a round, such as /back 2.")))}");

    private void SetStart(string file)
    {
        start = file.Length == 0 ? null : Picture.Load(file);
        Consoles.Output.WriteLine(start is null ? "The next prompt starts from the round before." : $"The next prompt starts from {file}.");
    }

    private void SetMask(string file)
    {
        mask = file.Length == 0 ? null : Mask.Load(file);
        Consoles.Output.WriteLine(mask is null ? "The next prompt draws all of the picture." : $"The next prompt redraws what is white in {file}, and the rest stays.");
    }

    private void Reseed(string argument)
    {
        session.Seed = argument.Length == 0 ? Random.Shared.Next() : Number(argument, "/seed takes a whole number, or nothing for any.");
        Consoles.Output.WriteLine($"The next rounds draw with seed {session.Seed}.");
    }

    private async Task SaveAsync(string argument, CancellationToken cancellationToken)
    {
        var isPicture = Path.GetExtension(argument).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg" or ".webp";
        var path = argument.Length > 0 ? argument : FreeSessionFile();
        if (isPicture)
        {
            var round = session.Current ?? throw new SessionException("There is no preview to save yet. Draw one with a prompt first.");
            (await session.ShowAsync(round, cancellationToken)).Save(path);
        }
        else
        {
            await session.SaveAsync(path, cancellationToken);
        }

        Consoles.Tell("saved", new JsonObject { ["path"] = path });
        Consoles.Output.WriteLine($"Saved {path}.");
    }

    private string FreeSessionFile() => OutputFiles.Free(Path.Combine(settings.OutputFolder, UnnamedSession));

    private void Help()
    {
        Consoles.Output.WriteLine("Type what the picture should show; refine it by typing it again, changed. Or:");
        foreach (var command in commands)
        {
            Consoles.Output.WriteLine($"  {command.Name + " " + command.Argument,-13} {command.Purpose}");
        }
    }

    private void Show(Picture picture)
    {
        if (settings.DrawsInTerminal)
        {
            TerminalPicture.Draw(Consoles.Output, picture, maximumColumns: 48);
        }
    }

    private static string Describe(Round round)
    {
        var region = round.Mask is null ? "" : ", a region alone";
        var origin = round.Parent is { } parent ? FormattableString.Invariant($"from round {parent} with strength {round.Strength:F2}{region}") : "from noise";
        return FormattableString.Invariant($"round {round.Number}: {round.StepsRun} steps {origin} in {round.Duration.TotalSeconds:F2} s (seed {round.Seed})");
    }

    private static long Number(string text, string expected) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= int.MaxValue ? number : throw new SessionException(expected);

    private static double Share(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
            ? share
            : throw new SessionException("/final takes how much of the draft is kept, from 0 to 1, such as /final 0.8, or nothing.");

    private static Task Now(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}

/// <summary>Something that can be typed in a session and is no prompt.</summary>
/// <param name="Name">With its slash.</param>
/// <param name="Argument">What follows it, for the help; empty for nothing.</param>
/// <param name="Purpose">What it does.</param>
/// <param name="RunAsync">Does it, given what followed.</param>
internal sealed record SlashCommand(string Name, string Argument, string Purpose, Func<string, CancellationToken, Task> RunAsync);
