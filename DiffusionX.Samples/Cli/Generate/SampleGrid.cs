using DiffusionX.Imaging;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Generate;

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
