using System.Diagnostics;
using System.Drawing;
using DiffusionX.Hosting;
using DiffusionX.Hosting.Images;
using DiffusionX.Hosting.Models;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace DiffusionX.Tests.Hosting;

[TestFixture]
public sealed class ImageGeneratorTests : ApiTest
{
    private ApiServer server = null!;

    private IImageGenerator Generator => server.Services.GetRequiredService<IImageGenerator>();

    [OneTimeSetUp]
    public async Task StartServer() => server = await ApiServer.StartAsync(
        Folder.Path,
        services: services => services.AddKeyedImageGenerator("pipeline", provider => provider.GetRequiredService<DiffusionImageGenerator>()).ConfigureOptions(options => options.MediaType = "image/webp"));

    [OneTimeTearDown]
    public async Task StopServer() => await server.DisposeAsync();

    [Test]
    public async Task It_draws_as_many_pictures_as_are_asked_for_in_size_and_format()
    {
        var options = new ImageGenerationOptions { Count = 2, ImageSize = new Size(72, 40), MediaType = "image/jpeg", AdditionalProperties = new() { ["seed"] = 5, ["steps"] = 2 } };

        var response = await Generator.GenerateImagesAsync("a house", options);
        var contents = response.Contents.Cast<DataContent>().ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(contents.Select(content => content.MediaType), Is.EqualTo(new[] { "image/jpeg", "image/jpeg" }));
            Assert.That(contents.Select(content => content.AdditionalProperties!["seed"]), Is.EqualTo(new object[] { 5L, 6L }));
            Assert.That(Picture.Decode(contents[1].Data.Span).Height, Is.EqualTo(40));
        });
    }

    [Test]
    public async Task It_redraws_the_original_where_a_picture_called_mask_says()
    {
        var start = (DataContent)(await Generator.GenerateImagesAsync("a house", Seeded(5))).Contents[0];
        var mask = new DataContent(new Picture(64, 64, new byte[64 * 64 * 3]).Encode(PictureFormat.Png), "image/png") { Name = "mask.png" };

        var everywhere = await Generator.EditImagesAsync([start], "a boat", Seeded(6));
        var nowhere = await Generator.EditImagesAsync([start, mask], "a boat", Seeded(6));

        Assert.That(Change(start, nowhere), Is.LessThan(Change(start, everywhere)), "black is kept");
    }

    [Test]
    public async Task The_pair_of_edge_and_cloud_draws_from_an_original_too()
    {
        var pair = server.Services.GetRequiredKeyedService<IImageGenerator>("edge+cloud");
        var start = (DataContent)(await pair.GenerateImagesAsync("a house", Seeded(5))).Contents[0];
        var mask = new DataContent(new Picture(64, 64, new byte[64 * 64 * 3]).Encode(PictureFormat.Png), "image/png") { Name = "mask.png" };

        var boat = await pair.EditImagesAsync([start], "a boat", Seeded(6));
        var again = await pair.EditImagesAsync([start], "a boat", Seeded(6));
        var nothing = await pair.EditImagesAsync([start, mask], "a boat", Seeded(6));
        var nothingElse = await pair.EditImagesAsync([start, mask], "a tree", Seeded(7));

        Assert.Multiple(() =>
        {
            Assert.That(Bytes(again), Is.EqualTo(Bytes(boat)));
            Assert.That(Bytes(nothing), Is.Not.EqualTo(Bytes(boat)));
            Assert.That(Bytes(nothingElse), Is.EqualTo(Bytes(nothing)), "black is kept, here and in the cloud");
        });
    }

    [Test]
    public async Task It_is_found_by_a_models_name_and_in_a_pipeline()
    {
        var edge = server.Services.GetRequiredKeyedService<IImageGenerator>("edge");
        var pair = server.Services.GetRequiredKeyedService<IImageGenerator>("edge+cloud");
        var pipeline = server.Services.GetRequiredKeyedService<IImageGenerator>("pipeline");

        var drafted = await edge.GenerateImagesAsync("a house", Seeded(5));
        var refined = await pair.GenerateImagesAsync("a house", Seeded(5));
        var piped = await pipeline.GenerateImagesAsync("a house", Seeded(5));

        Assert.Multiple(() =>
        {
            Assert.That(edge.GetService<ImageGeneratorMetadata>()!.DefaultModelId, Is.EqualTo("edge"));
            Assert.That(((DataContent)refined.Contents[0]).Data.ToArray(), Is.Not.EqualTo(((DataContent)drafted.Contents[0]).Data.ToArray()));
            Assert.That(((DataContent)piped.Contents[0]).MediaType, Is.EqualTo("image/webp"));
            Assert.That(pipeline.GetService<DiffusionImageGenerator>(), Is.Not.Null);
            Assert.That(pipeline.GetService<HostedModels>(), Is.Not.Null);
        });
    }

    [Test]
    public async Task It_shows_pictures_on_their_way_and_stops_when_nobody_looks()
    {
        var generator = Generator.GetRequiredService<DiffusionImageGenerator>();
        var options = new ImageGenerationOptions { StreamingCount = 2, AdditionalProperties = new() { ["steps"] = 1000 } };

        await foreach (var update in generator.GenerateStreamingAsync(new ImageGenerationRequest("a house"), options))
        {
            Assert.That(update.PartialIndex, Is.Zero);
            break;
        }

        var after = await Generator.GenerateImagesAsync("a house", Seeded(5));
        Assert.That(after.Contents, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task It_stops_when_it_is_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var drawing = Generator.GenerateImagesAsync("a house", new ImageGenerationOptions { AdditionalProperties = new() { ["steps"] = 1000 } }, cancel.Token);

        await cancel.CancelAsync();

        Assert.That(async () => await drawing, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void What_it_can_not_meet_is_said()
    {
        Assert.Multiple(() =>
        {
            Assert.That(async () => await Generator.GenerateImagesAsync("a", new() { ResponseFormat = ImageGenerationResponseFormat.Uri }), Throws.TypeOf<GenerationException>());
            Assert.That(async () => await Generator.GenerateImagesAsync("a", new() { MediaType = "image/gif" }), Throws.TypeOf<GenerationException>().With.Message.Contains("image/gif"));
            Assert.That(async () => await Generator.GenerateImagesAsync("a", new() { ModelId = "dall-e-3" }), Throws.TypeOf<ModelNotFoundException>().With.Message.Contains("edge+cloud"));
            Assert.That(async () => await Generator.GenerateImagesAsync("a", new() { AdditionalProperties = new() { ["sead"] = 1 } }), Throws.TypeOf<GenerationException>().With.Message.Contains("sead"));
            Assert.That(async () => await Generator.GenerateImagesAsync("a", new() { AdditionalProperties = new() { ["steps"] = "many" } }), Throws.TypeOf<GenerationException>().With.Message.Contains("many"));
        });
    }

    [Test]
    public async Task A_model_that_the_program_loaded_itself_is_a_generator_too()
    {
        using var model = await DiffusionModel.LoadAsync(Folder.File("edge"));
        using var generator = model.AsImageGenerator("mine");

        var response = await generator.GenerateImagesAsync("a house", new() { RawRepresentationFactory = _ => new GenerationRequest { Prompt = "", Steps = 3, Seed = 4 } });

        Assert.That(Picture.Decode(((DataContent)response.Contents[0]).Data.Span).Width, Is.EqualTo(64));
    }

    [Test]
    public async Task Spans_are_named_by_the_conventions_and_carry_no_prompt()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == DiffusionXServices.TelemetryName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);

        await Generator.GenerateImagesAsync("a secret house", Seeded(5));

        var span = spans.Single(each => each.OperationName == "generate_content cloud");
        Assert.Multiple(() =>
        {
            Assert.That(span.GetTagItem("gen_ai.operation.name"), Is.EqualTo("generate_content"));
            Assert.That(span.GetTagItem("gen_ai.output.type"), Is.EqualTo("image"));
            Assert.That(span.GetTagItem("gen_ai.request.model"), Is.EqualTo("cloud"));
            Assert.That(span.GetTagItem("gen_ai.request.seed"), Is.EqualTo(5));
            Assert.That(string.Join(" ", span.TagObjects.Select(tag => tag.Value)), Does.Not.Contain("secret"));
        });
    }

    private static ImageGenerationOptions Seeded(int seed) => new() { AdditionalProperties = new() { ["seed"] = seed, ["strength"] = 1 } };

    private static byte[] Bytes(ImageGenerationResponse response) => ((DataContent)response.Contents[0]).Data.ToArray();

    private static double Change(DataContent start, ImageGenerationResponse response)
    {
        var (one, other) = (Picture.Decode(start.Data.Span), Picture.Decode(((DataContent)response.Contents[0]).Data.Span));
        var sum = 0.0;
        for (var i = 0; i < one.Pixels.Length; i++)
        {
            sum += Math.Abs(one.Pixels[i] - other.Pixels[i]);
        }

        return sum;
    }
}
