using System.Globalization;
using System.Text.Json.Nodes;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Terminal;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using Spectre.Console;

namespace DiffusionX.Cli.Generate;

/// <summary>What <c>diffusionx generate</c> does: check, load, draw, save, show.</summary>
internal sealed class GenerateProgram(GenerateSettings settings)
{
    private readonly List<(GeneratedImage Image, string Path)> saved = [];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // What can be wrong without the model is found before it is loaded, which can take a while.
        CheckOutputs();
        WarnOfLooseWords();
        SayHowPromptsAreRead();
        var start = settings.InitImage is { } path ? Picture.Load(path) : null;
        var mask = settings.InitMask is { } maskPath ? Mask.Load(maskPath) : null;

        using var model = await GenerationDisplay.LoadAsync(settings.ModelFolder, settings.Model, cancellationToken);
        var requests = start is null ? settings.Requests : From(start, mask, model);
        try
        {
            var results = await GenerationDisplay.GenerateAsync(model, requests, preview => preview.Save(settings.Preview!), Save, cancellationToken);
            Say(results);
            SaveGrid(results);
        }
        finally
        {
            ShowSaved();
        }

        return 0;
    }

    private void CheckOutputs()
    {
        var each = settings.WritesEachPicture ? OutputFiles.Name(settings.Output, settings.Pictures, settings.Pictures - 1) : null;
        foreach (var path in new[] { each, settings.Preview, settings.Grid }.OfType<string>())
        {
            Picture.CheckSavePath(path);
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

    private void SayHowPromptsAreRead()
    {
        foreach (var sentence in settings.Requests.SelectMany(request => request.DescribeSyntax()).Distinct())
        {
            Consoles.Progress.WriteLine(sentence);
        }

        foreach (var lora in settings.Requests
                     .Where(request => request.Loras is null).SelectMany(request => request.NamedLoras()).Select(lora => lora.Name).Distinct())
        {
            Consoles.Progress.WriteLine($"The prompt names the LoRA '{lora}', which is not applied. --lora-folder says where it lies.");
        }
    }

    /// <summary>The requests with the picture to start from, in a size that the model draws unless the user named another.</summary>
    private GenerationRequest[] From(Picture picture, Mask? mask, DiffusionModel model)
    {
        GenerationRequest[] requests = [.. settings.Requests.Select(request => request with { InitImage = picture, InitMask = mask })];
        if (settings.Outpaint is var (left, top, right, bottom))
        {
            requests = [.. requests.Select(request => request.Outpaint(left, top, right, bottom))];
        }

        var start = requests[0].InitImage!;
        var fit = PictureFit.Of(start.Width, start.Height, model.NativeSize, model.NativeSize, model.PixelsPerLatent);
        var isFitted = settings.Requests.All(request => request.Width is null && request.Height is null);
        if (isFitted && fit.Describe(start.Width, start.Height) is { } change)
        {
            Consoles.Progress.WriteLine($"{settings.InitImage}: {change} --width and --height name another.");
        }

        return isFitted ? [.. requests.Select(request => request with { Width = fit.Width, Height = fit.Height })] : requests;
    }

    /// <summary>Saves the pictures of a request. One that can't be saved does not cost those after it.</summary>
    private void Save(GenerationRequest request, GenerationResult result)
    {
        PictureException? failure = null;
        foreach (var image in settings.WritesEachPicture ? result.Images : [])
        {
            try
            {
                var path = OutputFiles.Name(settings.Output, settings.Pictures, saved.Count);
                image.Picture.Save(path, GenerationText.Of(settings, request, image));
                saved.Add((image, path));
                Consoles.Tell("picture", new JsonObject { ["path"] = path, ["prompt"] = request.Prompt, ["seed"] = image.Seed });
            }
            catch (PictureException error)
            {
                failure ??= error;
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private void SaveGrid(IReadOnlyList<GenerationResult> results)
    {
        if (settings.Grid is { } path)
        {
            var sheet = SampleGrid.Of(results);
            sheet.Save(path, GenerationText.OfGrid(settings, sheet));
            Show(sheet, path);
        }
    }

    private void ShowSaved()
    {
        foreach (var (image, path) in saved)
        {
            Show(image.Picture, $"{path}  (seed {SeedOption.Text(image.Seed)})");
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
            Consoles.Progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.StepsRun} steps in {timings.Denoising.TotalSeconds:F2} s, decoding {timings.Decoding.TotalSeconds:F2} s, {timings.Total.TotalSeconds:F2} s in all"));
            if (result.PromptTokensCut > 0)
            {
                Consoles.Progress.WriteLine(
                    $"\"{request.Prompt}\" is too long for this model: its last {result.PromptTokensCut} tokens were not read, \"{result.PromptWordsCut}\".");
            }
        }
    }
}

/// <summary>All pictures of a run on one sheet: a row for each prompt, or a square where there is one picture of each.</summary>
internal static class SampleGrid
{
    private const int Gap = 4;

    public static Picture Of(IReadOnlyList<GenerationResult> results)
    {
        Picture[] pictures = [.. results.SelectMany(result => result.Images).Select(image => image.Picture)];
        return PictureGrid.Of(pictures, Columns(results.Count, results[0].Images.Count), Gap);
    }

    private static int Columns(int prompts, int picturesOfEach) =>
        prompts > 1 && picturesOfEach > 1 ? picturesOfEach : (int)Math.Ceiling(Math.Sqrt(prompts * picturesOfEach));
}
