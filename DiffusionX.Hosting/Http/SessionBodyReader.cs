using DiffusionX.Hosting.Configuration;
using DiffusionX.Imaging;
using DiffusionX.Sessions.Edge;
using Microsoft.AspNetCore.Http;

namespace DiffusionX.Hosting.Http;

/// <summary>What a client wants of a round.</summary>
internal sealed record RoundParameters(string Prompt, RoundOptions Round, PictureOutput Output, bool Stream, bool Background, int Previews);

/// <summary>What a client wants of a final picture.</summary>
/// <param name="Change">What it changes of the host's options; null for nothing.</param>
/// <param name="Output">In which format.</param>
/// <param name="Stream">Whether as events.</param>
/// <param name="Background">Whether it goes on without the client.</param>
/// <param name="Previews">How many looks on the way.</param>
internal sealed record FinalParameters(Func<RefinementOptions, RefinementOptions>? Change, PictureOutput Output, bool Stream, bool Background, int Previews);

/// <summary>Reads the requests of sessions that carry pictures: as JSON, with pictures in base 64, or as a form.</summary>
internal sealed class SessionBodyReader(HttpApiOptions limits)
{
    private static readonly string[] OutputFields = ["strength", "output_format", "output_compression", "stream", "partial_images", "background"];

    private readonly ParameterReader reader = new(limits);

    /// <exception cref="ApiException">A parameter is wrong; the error names it.</exception>
    /// <exception cref="PictureException">A picture can't be read.</exception>
    public async Task<RoundParameters> ReadRoundAsync(HttpContext context)
    {
        var (body, image, mask) = ApiForm.IsOne(context.Request)
            ? await ReadRoundFormAsync(context).ConfigureAwait(false)
            : ReadPictures(await ApiJson.ReadAsync(context.Request, ApiJson.Web.RoundBody).ConfigureAwait(false));
        var stream = body.Stream ?? false;
        return new RoundParameters(
            reader.Prompt("prompt", body.Prompt),
            new RoundOptions { InitImage = image, Mask = mask, Strength = Strength(body.Strength), Seed = body.Seed },
            PictureOutput.Read(body.OutputFormat, body.OutputCompression),
            stream,
            Background(stream, body.Background),
            ParameterReader.Previews(stream, body.PartialImages));
    }

    /// <exception cref="ApiException">A parameter is wrong; the error names it.</exception>
    /// <exception cref="PictureException">The mask can't be read.</exception>
    public async Task<FinalParameters> ReadFinalAsync(HttpContext context)
    {
        var (body, mask) = ApiForm.IsOne(context.Request)
            ? await ReadFinalFormAsync(context).ConfigureAwait(false)
            : ReadPictures(await ReadFinalJsonAsync(context.Request).ConfigureAwait(false));
        var (stream, strength) = (body.Stream ?? false, Strength(body.Strength));
        return new FinalParameters(
            mask is null && strength is null ? null : refinement => refinement with { Mask = mask ?? refinement.Mask, Strength = strength ?? refinement.Strength },
            PictureOutput.Read(body.OutputFormat, body.OutputCompression),
            stream,
            Background(stream, body.Background),
            ParameterReader.Previews(stream, body.PartialImages));
    }

    private static bool Background(bool stream, bool? background) => (stream, background) switch
    {
        (true, true) => throw ApiException.Invalid("background", "A round in the background is told of by the session's events; leave out 'stream', or 'background'."),
        _ => background ?? false,
    };

    private async Task<(RoundBody Body, Picture? Image, Mask? Mask)> ReadRoundFormAsync(HttpContext context)
    {
        var form = await ApiForm.ReadAsync(context.Request, limits.MaxBodyBytes, [.. OutputFields, "prompt", "seed"], ["image", "mask"]).ConfigureAwait(false);
        var body = new RoundBody
        {
            Prompt = form.Required("prompt"),
            Seed = form.Number<long>("seed"),
            Strength = form.Number<double>("strength"),
            OutputFormat = form.Text("output_format"),
            OutputCompression = form.Number<int>("output_compression"),
            Stream = form.Flag("stream"),
            Background = form.Flag("background"),
            PartialImages = form.Number<int>("partial_images"),
        };
        return (body, await form.PictureAsync("image", context.RequestAborted).ConfigureAwait(false), await form.MaskAsync("mask", context.RequestAborted).ConfigureAwait(false));
    }

    private async Task<(FinalizeBody Body, Mask? Mask)> ReadFinalFormAsync(HttpContext context)
    {
        var form = await ApiForm.ReadAsync(context.Request, limits.MaxBodyBytes, OutputFields, ["mask"]).ConfigureAwait(false);
        var body = new FinalizeBody
        {
            Strength = form.Number<double>("strength"),
            OutputFormat = form.Text("output_format"),
            OutputCompression = form.Number<int>("output_compression"),
            Stream = form.Flag("stream"),
            Background = form.Flag("background"),
            PartialImages = form.Number<int>("partial_images"),
        };
        return (body, await form.MaskAsync("mask", context.RequestAborted).ConfigureAwait(false));
    }

    private static async Task<FinalizeBody> ReadFinalJsonAsync(HttpRequest request) =>
        !ApiJson.HasBody(request) ? new FinalizeBody() : await ApiJson.ReadAsync(request, ApiJson.Web.FinalizeBody).ConfigureAwait(false);

    private static (RoundBody Body, Picture? Image, Mask? Mask) ReadPictures(RoundBody body) => (
        body,
        body.Image is null ? null : Picture.Decode(Bytes("image", body.Image)),
        body.Mask is null ? null : ParameterReader.Mask("mask", Bytes("mask", body.Mask)));

    private static (FinalizeBody Body, Mask? Mask) ReadPictures(FinalizeBody body) => (body, body.Mask is null ? null : ParameterReader.Mask("mask", Bytes("mask", body.Mask)));

    // A data URL, as browsers make them of files, says a type, which the bytes say too.
    private static byte[] Bytes(string param, string text)
    {
        const string Marker = ";base64,";
        var data = text.StartsWith("data:", StringComparison.Ordinal) && text.IndexOf(Marker, StringComparison.Ordinal) is var place and >= 0 ? place + Marker.Length : 0;
        var bytes = new byte[((text.Length - data) / 4 * 3) + 3];
        return Convert.TryFromBase64Chars(text.AsSpan(data), bytes, out var length)
            ? bytes[..length]
            : throw ApiException.Invalid(param, $"'{param}' is no picture in base 64: '{ParameterReader.Short(text)}'.", "invalid_base64");
    }

    private static double? Strength(double? strength) => strength is { } noise ? ParameterReader.Within("strength", noise, 0, 1) : null;
}
