using DiffusionX.Cli.Terminal;
using DiffusionX.Generation;
using DiffusionX.Imaging;
using Spectre.Console;

namespace DiffusionX.Cli.Generation;

/// <summary>What <c>diffusionx generate</c> does: check, load, draw, save, show.</summary>
internal sealed class GenerateProgram(GenerateSettings settings)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // What can be wrong without the model is found before it is loaded, which can take a while.
        OutputFiles.Check(settings.Output);
        OutputFiles.Check(settings.Preview ?? settings.Output);
        var start = settings.StartPicture is { } path ? Picture.Load(path) : null;

        using var model = GenerationDisplay.Load(settings.ModelFolder, settings.Model);
        var request = settings.Request with { StartPicture = start };
        var result = await GenerationDisplay.GenerateAsync(model, request, preview => preview.Save(settings.Preview!), cancellationToken);

        Save(result);
        Say(result);
        return 0;
    }

    private void Save(GenerationResult result)
    {
        foreach (var (image, number) in result.Images.Select((image, i) => (image, i + 1)))
        {
            var path = OutputFiles.Name(settings.Output, number, result.Images.Count);
            image.Picture.Save(path, GenerationText.Of(settings, image));
            if (settings.DrawsInTerminal)
            {
                TerminalPicture.Draw(Consoles.Output, image.Picture);
            }

            Consoles.Output.WriteLine($"{path}  (seed {image.Seed})");
        }
    }

    private static void Say(GenerationResult result)
    {
        var timings = result.Timings;
        Consoles.Progress.WriteLine(FormattableString.Invariant(
            $"{result.StepsRun} steps in {timings.Denoising.TotalSeconds:F2} s, decoding {timings.Decoding.TotalSeconds:F2} s, {timings.Total.TotalSeconds:F2} s in all"));
        if (result.PromptTokensCut > 0)
        {
            Consoles.Progress.WriteLine($"The prompt is too long for this model: its last {result.PromptTokensCut} tokens were not read.");
        }
    }
}
