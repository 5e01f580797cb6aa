using DiffusionX.Cli.Terminal;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using Spectre.Console;

namespace DiffusionX.Cli.Generate;

/// <summary>What <c>diffusionx generate</c> does: check, load, draw, save, show.</summary>
internal sealed class GenerateProgram(GenerateSettings settings)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // What can be wrong without the model is found before it is loaded, which can take a while.
        CheckOutputs();
        WarnOfLooseWords();
        var start = settings.InitImage is { } path ? Picture.Load(path) : null;

        using var model = await GenerationDisplay.LoadAsync(settings.ModelFolder, settings.Model, cancellationToken);
        GenerationRequest[] requests = [.. settings.Requests.Select(request => request with { InitImage = start })];
        var results = await GenerationDisplay.GenerateAsync(model, requests, preview => preview.Save(settings.Preview!), cancellationToken);

        Save(results);
        Say(results);
        return 0;
    }

    private void CheckOutputs()
    {
        foreach (var path in new[] { settings.Output ?? OutputFiles.Unnamed, settings.Preview, settings.Grid }.OfType<string>())
        {
            OutputFiles.Check(path);
        }
    }

    // A prompt without its quotes reaches the program word by word.
    private void WarnOfLooseWords()
    {
        if (settings.Requests.Count > 1 && settings.Requests.All(request => !request.Prompt.Contains(' ', StringComparison.Ordinal)))
        {
            Consoles.Progress.WriteLine($"Drawing {settings.Requests.Count} prompts of one word each. A prompt of several words goes in quotes.");
        }
    }

    private void Save(IReadOnlyList<GenerationResult> results)
    {
        if (settings.WritesEachPicture)
        {
            SaveEach(results);
        }

        if (settings.Grid is { } path)
        {
            var sheet = SampleGrid.Of(results);
            sheet.Save(path, GenerationText.OfGrid(settings, sheet));
            Show(sheet, path);
        }
    }

    private void SaveEach(IReadOnlyList<GenerationResult> results)
    {
        var drawn = settings.Requests.Zip(results).SelectMany(pair => pair.Second.Images.Select(image => (Request: pair.First, Image: image)));
        foreach (var ((request, image), path) in drawn.Zip(OutputFiles.Names(settings.Output, settings.Pictures)))
        {
            image.Picture.Save(path, GenerationText.Of(settings, request, image));
            Show(image.Picture, $"{path}  (seed {image.Seed})");
        }
    }

    private void Show(Picture picture, string line)
    {
        if (settings.DrawsInTerminal)
        {
            TerminalPicture.Draw(Consoles.Output, picture);
        }

        Consoles.Output.WriteLine(line);
    }

    private void Say(IReadOnlyList<GenerationResult> results)
    {
        foreach (var (request, result) in settings.Requests.Zip(results))
        {
            var timings = result.Timings;
            Consoles.Progress.WriteLine(FormattableString.Invariant(
                $"{result.StepsRun} steps in {timings.Denoising.TotalSeconds:F2} s, decoding {timings.Decoding.TotalSeconds:F2} s, {timings.Total.TotalSeconds:F2} s in all"));
            if (result.PromptTokensCut > 0)
            {
                Consoles.Progress.WriteLine($"\"{request.Prompt}\" is too long for this model: its last {result.PromptTokensCut} tokens were not read.");
            }
        }
    }
}
