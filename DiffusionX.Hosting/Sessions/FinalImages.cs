using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionX.Imaging;
using DiffusionX.Runtime;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Edge;

namespace DiffusionX.Hosting.Sessions;

/// <summary>
/// The final pictures of one session: PNG files beside its rounds that carry how they were made, or bytes in memory where it has no folder.
/// </summary>
internal sealed class FinalImages
{
    private const string ReportKeyword = "diffusionx report";

    private readonly string? path;
    private readonly Lock sync = new();
    private readonly List<FinalImage> images = [];
    private readonly List<byte[]> inMemory = [];

    /// <param name="path">Where the files begin; null to keep them in memory.</param>
    public FinalImages(string? path)
    {
        this.path = path;
        while (path is not null && TryRead(images.Count + 1) is { } image)
        {
            images.Add(image);
        }
    }

    public IReadOnlyList<FinalImage> All
    {
        get
        {
            lock (sync)
            {
                return [.. images];
            }
        }
    }

    /// <summary>Keeps a picture.</summary>
    /// <exception cref="SessionException">The file can't be written.</exception>
    public FinalImage Add(RefinedImage refined)
    {
        lock (sync)
        {
            var image = new FinalImage(images.Count + 1, refined.Round.Number, refined.Report);
            var png = PngText.Insert(refined.Picture.Encode(PictureFormat.Png), new Dictionary<string, string>
            {
                ["prompt"] = refined.Round.Prompt,
                ["seed"] = refined.Round.Seed.ToString(CultureInfo.InvariantCulture),
                ["round"] = refined.Round.Number.ToString(CultureInfo.InvariantCulture),
                [ReportKeyword] = JsonSerializer.Serialize(refined.Report, ReportJson.Default.RefinementReport),
            });
            if (path is null)
            {
                inMemory.Add(png);
            }
            else
            {
                Write(FileOf(image.Number), png);
            }

            images.Add(image);
            return image;
        }
    }

    /// <summary>A picture's PNG.</summary>
    /// <exception cref="SessionException">There is none of that number, or its file can't be read.</exception>
    public byte[] Read(int number)
    {
        lock (sync)
        {
            if (number < 1 || number > images.Count)
            {
                throw new SessionException($"There is no final picture {number}; the session has {images.Count}.");
            }

            return path is null ? inMemory[number - 1] : PictureFile.Read(FileOf(number));
        }
    }

    /// <summary>Deletes the files.</summary>
    public void Delete()
    {
        lock (sync)
        {
            foreach (var image in path is null ? [] : images)
            {
                File.Delete(FileOf(image.Number));
            }
        }
    }

    private string FileOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{path}.final-{number}.png");

    private static void Write(string file, byte[] png)
    {
        try
        {
            AtomicFile.Write(file, png);
        }
        catch (Exception error) when (AtomicFile.IsFileError(error))
        {
            throw new SessionException($"{file} can't be written: {error.Message}", error);
        }
    }

    // A file that is none, or of somebody else, ends the row.
    private FinalImage? TryRead(int number)
    {
        try
        {
            var text = File.Exists(FileOf(number)) ? Picture.ReadText(FileOf(number)) : null;
            var report = text is null ? null : JsonSerializer.Deserialize(text[ReportKeyword], ReportJson.Default.RefinementReport);
            return report is null ? null : new FinalImage(number, int.Parse(text!["round"], CultureInfo.InvariantCulture), report);
        }
        catch (Exception error) when (error is PictureException or JsonException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(RefinementReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
