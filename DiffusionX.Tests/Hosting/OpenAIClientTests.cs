using System.ClientModel;
using DiffusionX.Imaging;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Images;
using ImageGenerationOptions = OpenAI.Images.ImageGenerationOptions;

namespace DiffusionX.Tests.Hosting;

/// <summary>OpenAI's client for .NET, and Microsoft.Extensions.AI over it, unchanged.</summary>
public sealed class OpenAIClientTests : ServedScenes
{
    private ImageClient Client => new("cloud", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(Api) });

    [Test]
    public async Task It_generates_a_picture()
    {
        GeneratedImage image = await Client.GenerateImageAsync("a red house under a yellow moon");

        Assert.That(Picture.Decode(image.ImageBytes.ToMemory().Span).Width, Is.EqualTo(128));
    }

    [Test]
    public async Task It_generates_several_pictures_of_its_choice()
    {
        var options = new ImageGenerationOptions { Size = new GeneratedImageSize(64, 64), OutputFileFormat = GeneratedImageFileFormat.Webp, Quality = GeneratedImageQuality.LowQuality, ResponseFormat = GeneratedImageFormat.Bytes };

        GeneratedImageCollection images = await Client.GenerateImagesAsync("a blue boat", 2, options);

        Assert.Multiple(() =>
        {
            Assert.That(images, Has.Count.EqualTo(2));
            Assert.That(images.Select(image => Picture.Decode(image.ImageBytes.ToMemory().Span).Width), Is.All.EqualTo(64));
            Assert.That(images.OutputFileFormat, Is.EqualTo(GeneratedImageFileFormat.Webp));
        });
    }

    [Test]
    public async Task It_fetches_a_picture_from_its_address()
    {
        GeneratedImage image = await Client.GenerateImageAsync("a red house", new ImageGenerationOptions { ResponseFormat = GeneratedImageFormat.Uri });
        using var http = new HttpClient();

        var picture = Picture.Decode(await http.GetByteArrayAsync(image.ImageUri));

        Assert.That(picture.Width, Is.EqualTo(128));
    }

    [Test]
    public async Task It_edits_a_picture_with_a_mask()
    {
        GeneratedImage house = await Client.GenerateImageAsync("a red house under a yellow moon");
        var start = Picture.Decode(house.ImageBytes.ToMemory().Span);
        using var mask = new MemoryStream(new Picture(128, 128, Enumerable.Range(0, 128 * 128 * 3).Select(i => i < 128 * 64 * 3 ? (byte)255 : (byte)0).ToArray()).Encode(PictureFormat.Png));
        using var image = house.ImageBytes.ToStream();

        GeneratedImage edited = await Client.GenerateImageEditAsync(image, "house.png", "a red house under a blue moon", mask, "mask.png");
        var picture = Picture.Decode(edited.ImageBytes.ToMemory().Span);

        Assert.That(Change(start, picture, 0, 48), Is.GreaterThan(Change(start, picture, 80, 128)), "the sky is redrawn, and the ground stays");
    }

    [Test]
    public async Task It_is_told_what_is_wrong()
    {
        var unknown = new ImageClient("gpt-image-1", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(Api) });

        var error = await Assert.ThrowsAsync<ClientResultException>(async () => await unknown.GenerateImageAsync("a house"));

        Assert.Multiple(() =>
        {
            Assert.That(error!.Status, Is.EqualTo(404));
            Assert.That(error.Message, Does.Contain("model_not_found"));
        });
    }

    [Test]
    public async Task Through_the_interface_of_Microsoft_Extensions_AI_it_generates_and_edits()
    {
        using var generator = Client.AsIImageGenerator();

        var response = await generator.GenerateImagesAsync("a red house", new() { MediaType = "image/jpeg" });
        var house = (DataContent)response.Contents.Single();
        var edited = await generator.EditImageAsync(house, "a red house at night");

        Assert.Multiple(() =>
        {
            Assert.That(house.MediaType, Is.EqualTo("image/jpeg"));
            Assert.That(Picture.Decode(((DataContent)edited.Contents.Single()).Data.Span).Width, Is.EqualTo(128));
        });
    }

    private static double Change(Picture one, Picture other, int top, int bottom)
    {
        var sum = 0.0;
        for (var i = top * one.Width * 3; i < bottom * one.Width * 3; i++)
        {
            sum += Math.Abs(one.Pixels[i] - other.Pixels[i]);
        }

        return sum;
    }
}
