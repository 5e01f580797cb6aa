using System.Text.Json;
using System.Threading.Channels;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Images;
using DiffusionX.Hosting.Models;
using DiffusionX.Imaging;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Http;

/// <summary><c>/v1/images</c> and <c>/v1/models</c>, as OpenAI's clients speak to them.</summary>
internal sealed class ImagesApi(
    IOptions<DiffusionXOptions> options,
    DiffusionImageGenerator generator,
    PictureSources sources,
    HostedModels models,
    RequestGate gate,
    PictureStore store,
    TimeProvider time)
{
    private readonly ParameterReader reader = new(options.Value.Http);

    public async Task GenerateAsync(HttpContext context)
    {
        var body = await ApiJson.ReadAsync(context.Request, ApiJson.Web.ImageGenerationBody).ConfigureAwait(false);
        await AnswerAsync(context, reader.Read(body), "image_generation").ConfigureAwait(false);
    }

    public async Task EditAsync(HttpContext context)
    {
        var form = await ApiForm.ReadAsync(context.Request, options.Value.Http.MaxBodyBytes, ParameterReader.EditFields, ["image", "mask"]).ConfigureAwait(false);
        await AnswerAsync(context, await reader.ReadAsync(form, context.RequestAborted).ConfigureAwait(false), "image_edit").ConfigureAwait(false);
    }

    public Task ListModelsAsync(HttpContext context) =>
        ApiJson.WriteAsync(context, new ModelList([.. sources.Names.Select(Model)]), ApiJson.Web.ModelList);

    public Task GetModelAsync(HttpContext context, string id) =>
        ApiJson.WriteAsync(context, Model(sources.Find(id).Name), ApiJson.Web.ModelResource);

    /// <summary>A picture that was answered as an address.</summary>
    public async Task GetFileAsync(HttpContext context, string name)
    {
        var picture = store.Find(name) ?? throw new ApiException(404, "There is no such picture here, or no longer.", ApiException.InvalidRequest, code: "not_found");
        context.Response.ContentType = picture.MediaType;
        context.Response.ContentLength = picture.Bytes.Length;
        await context.Response.Body.WriteAsync(picture.Bytes, context.RequestAborted).ConfigureAwait(false);
    }

    /// <exception cref="ApiException">What is asked for is not loaded.</exception>
    public static void ThrowIfNotReady(bool ready, HostedModels models)
    {
        if (!ready)
        {
            throw models.Failure is null
                ? new ApiException(503, "The model is being loaded. Come again in a moment.", ApiException.Server, "model", "model_loading") { RetryAfter = 5 }
                : new ApiException(503, "The model could not be loaded; the server's log says why.", ApiException.Server, "model", "model_not_loaded");
        }
    }

    private async Task AnswerAsync(HttpContext context, ImageParameters parameters, string kind)
    {
        _ = sources.Find(parameters.Model);
        ThrowIfNotReady(sources.IsReady(parameters.Model), models);
        if (parameters.Stream)
        {
            await EventStream.AnswerAsync(context, gate, (events, stop) => DrawEventsAsync(context, parameters, kind, events, stop)).ConfigureAwait(false);
            return;
        }

        var pictures = new List<PictureUpdate>();
        using (await gate.EnterAsync(context.RequestAborted).ConfigureAwait(false))
        {
            await generator.DrawAsync(parameters.Model, parameters.Order, pictures.Add, context.RequestAborted).ConfigureAwait(false);
        }

        var response = new ImagesResponse(
            Now,
            "opaque",
            [.. pictures.Select(update => Resource(context, parameters, update))],
            parameters.Output.Name,
            parameters.Quality == "auto" ? null : parameters.Quality,
            Size(pictures[0].Picture));
        await ApiJson.WriteAsync(context, response, ApiJson.Web.ImagesResponse).ConfigureAwait(false);
    }

    private Task DrawEventsAsync(HttpContext context, ImageParameters parameters, string kind, ChannelWriter<ServerEvent> events, CancellationToken stop) => generator.DrawAsync(
        parameters.Model,
        parameters.Order,
        update =>
        {
            var name = update.IsFinal ? $"{kind}.completed" : $"{kind}.partial_image";
            events.TryWrite(new ServerEvent(name, () => JsonSerializer.SerializeToUtf8Bytes(Event(context, parameters, name, update), ApiJson.Web.ImageEvent)));
        },
        stop);

    private ImageEvent Event(HttpContext context, ImageParameters parameters, string name, PictureUpdate update)
    {
        var asUrl = parameters.AsUrl && update.IsFinal;
        return new ImageEvent
        {
            Type = name,
            Base64 = asUrl ? null : parameters.Output.ToBase64(update.Picture),
            Url = asUrl ? Keep(context, parameters.Output, update.Picture) : null,
            CreatedAt = Now,
            OutputFormat = parameters.Output.Name,
            Quality = parameters.Quality,
            Size = Size(update.Picture),
            PartialImageIndex = update.Partial,
            ImageIndex = parameters.Order.Count > 1 ? update.Image : null,
            Seed = update.Seed,
        };
    }

    private ImageResource Resource(HttpContext context, ImageParameters parameters, PictureUpdate update) => parameters.AsUrl
        ? new ImageResource(null, Keep(context, parameters.Output, update.Picture), update.Seed)
        : new ImageResource(parameters.Output.ToBase64(update.Picture), null, update.Seed);

    private string Keep(HttpContext context, PictureOutput output, Picture picture)
    {
        var name = store.Add(new StoredPicture(output.Encode(picture), output.MediaType));
        var request = context.Request;
        return $"{request.Scheme}://{request.Host}{request.PathBase}{ApiPaths.Files}/{name}";
    }

    private ModelResource Model(string name) => new(name, Now);

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    private static string Size(Picture picture) => $"{picture.Width}x{picture.Height}";
}
