using DiffusionX.Hosting.Images;
using DiffusionX.Imaging;

namespace DiffusionX.Hosting.Http;

/// <summary>How a client wants its pictures.</summary>
/// <param name="Format">The file format.</param>
/// <param name="Quality">The quality of JPEG and WebP.</param>
internal sealed record PictureOutput(PictureFormat Format, int Quality)
{
    private const int UsualQuality = 90;

    /// <summary>The format as OpenAI's clients call it.</summary>
    public string Name => Format.ToString().ToLowerInvariant();

    public string MediaType => PictureMediaType.Of(Format);

    /// <exception cref="ApiException">There is no such format, or the number is out of range.</exception>
    public static PictureOutput Read(string? format, int? compression)
    {
        var chosen = format switch
        {
            null or "png" => PictureFormat.Png,
            "jpeg" => PictureFormat.Jpeg,
            "webp" => PictureFormat.WebP,
            _ => throw ApiException.Invalid("output_format", $"Invalid value: '{format}'. Supported values are: 'png', 'jpeg', and 'webp'."),
        };
        return compression switch
        {
            null => new PictureOutput(chosen, UsualQuality),
            < 0 or > 100 => throw ApiException.Invalid("output_compression", $"Invalid value: {compression}. It has to be from 0 to 100."),
            _ when chosen == PictureFormat.Png => throw ApiException.Invalid("output_compression", "PNG has no quality to choose: leave it out, or ask for jpeg or webp."),
            _ => new PictureOutput(chosen, compression.Value),
        };
    }

    public byte[] Encode(Picture picture) => picture.Encode(Format, Quality);

    public string ToBase64(Picture picture) => Convert.ToBase64String(Encode(picture));
}
