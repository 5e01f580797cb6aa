using System.Runtime.CompilerServices;
using System.Threading.Channels;
using DiffusionX.Hosting.Models;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using Microsoft.Extensions.AI;

namespace DiffusionX.Hosting.Images;

/// <summary>
/// DiffusionX as an <see cref="IImageGenerator"/>: pictures from a prompt, or from the one of <see
/// cref="ImageGenerationRequest.OriginalImages"/>, drawn by a model of the
/// process, or drafted by it and refined by a cloud. A picture named <c>mask</c> among the originals says where to redraw. The options'
/// additional properties may be
/// <c>seed</c>, <c>steps</c>, <c>guidance_scale</c>, <c>negative_prompt</c>, <c>strength</c> and <c>mask</c>; their raw representation is
/// a <see cref="GenerationRequest"/>.
/// Safe for several threads. Disposing it leaves the models alone.
/// </summary>
public sealed class DiffusionImageGenerator : IImageGenerator
{
    private readonly Func<string?, IPictureSource> find;
    private readonly string defaultModel;
    private readonly bool promptsInTelemetry;
    private readonly Func<Type, object?> service;

    internal DiffusionImageGenerator(Func<string?, IPictureSource> find, string defaultModel, bool promptsInTelemetry, Func<Type, object?> service)
    {
        this.find = find;
        this.defaultModel = defaultModel;
        this.promptsInTelemetry = promptsInTelemetry;
        this.service = service;
    }

    /// <summary>A generator over a model that the caller has loaded, and keeps.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="defaults">What it draws best with; null for Stable Diffusion's settings. See <see
    /// cref="GenerationDefaults.Read"/>.</param>
    public DiffusionImageGenerator(DiffusionModel model, string name, GenerationDefaults? defaults = null)
        : this(FindOnly(new HostedModel(name, model, defaults ?? new GenerationDefaults())), name, promptsInTelemetry: false, type => type == typeof(DiffusionModel) ? model : null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(name);
    }

    /// <summary>Draws the pictures of a request.</summary>
    /// <param name="request">The prompt, and perhaps the picture to start from.</param>
    /// <param name="options">Count, size, media type, model and the like; null for one PNG of the model's own size.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    /// <returns>The pictures as <see cref="DataContent"/>, each with its <c>seed</c> among its additional properties.</returns>
    /// <exception cref="DiffusionXException">Something can't be met, or the drawing failed; the message says what.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<ImageGenerationResponse> GenerateAsync(
        ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var format = PictureMediaType.Parse(options?.MediaType);
        var order = ImageOrderReader.Read(this, request, options) with { Previews = 0 };
        var contents = new List<AIContent>();
        await DrawAsync(options?.ModelId, order, update => contents.Add(Content(update, format)), cancellationToken).ConfigureAwait(false);
        return new ImageGenerationResponse(contents);
    }

    /// <summary>
    /// Draws the pictures of a request, and shows them on their way: up to <see cref="ImageGenerationOptions.StreamingCount"/> looks at
    /// each, then the picture itself. With a
    /// cloud the first look is the edge's draft.
    /// </summary>
    /// <param name="request">The prompt, and perhaps the picture to start from.</param>
    /// <param name="options">Count, size, media type, model and the like.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    /// <exception cref="DiffusionXException">Something can't be met, or the drawing failed; the message says what.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerable<ImageGenerationUpdate> GenerateStreamingAsync(
        ImageGenerationRequest request, ImageGenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var format = PictureMediaType.Parse(options?.MediaType);
        var order = ImageOrderReader.Read(this, request, options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var updates = Channel.CreateUnbounded<PictureUpdate>(new UnboundedChannelOptions { SingleReader = true });
        var drawing = DrawIntoAsync(updates.Writer, options?.ModelId, order, stop.Token);
        try
        {
            await foreach (var update in updates.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return new ImageGenerationUpdate(Content(update, format), update.Image, update.Partial);
            }
        }
        finally
        {
            // A reader that leaves early stops the drawing.
            await stop.CancelAsync().ConfigureAwait(false);
            await drawing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ImageGeneratorMetadata) ? new ImageGeneratorMetadata("diffusionx", null, defaultModel)
            : serviceType.IsInstanceOfType(this) ? this
            : service(serviceType);
    }

    /// <summary>Does nothing: the models are their owner's.</summary>
    public void Dispose()
    {
    }

    /// <summary>Draws an order within a span.</summary>
    internal Task DrawAsync(string? model, PictureOrder order, Action<PictureUpdate> report, CancellationToken cancellationToken)
    {
        var source = find(model ?? defaultModel);
        return ImageTelemetry.MeasureAsync(source, order, promptsInTelemetry, () => source.DrawAsync(order, report, cancellationToken));
    }

    /// <summary>Draws an order into a channel, which it completes.</summary>
    internal async Task DrawIntoAsync(ChannelWriter<PictureUpdate> updates, string? model, PictureOrder order, CancellationToken cancellationToken)
    {
        try
        {
            await DrawAsync(model, order, update => updates.TryWrite(update), cancellationToken).ConfigureAwait(false);
            updates.TryComplete();
        }
        catch (Exception error)
        {
            updates.TryComplete(error);
        }
    }

    private static Func<string?, IPictureSource> FindOnly(HostedModel model) => name => name is null || name == model.Name
        ? new LocalPictures(model.Name, _ => Task.FromResult(model))
        : throw new ModelNotFoundException($"There is no model '{name}' here. There is {model.Name}.");

    private static DataContent Content(PictureUpdate update, PictureFormat format) => new(update.Picture.Encode(format), PictureMediaType.Of(format))
    {
        AdditionalProperties = new AdditionalPropertiesDictionary { ["seed"] = update.Seed },
        RawRepresentation = update.Picture,
    };
}

/// <summary>A picture of a request, on its way or as it is in the end.</summary>
/// <param name="Content">The picture.</param>
/// <param name="ImageIndex">Which of the request's pictures, from 0.</param>
/// <param name="PartialIndex">Which look at it on its way, from 0; null for the picture itself.</param>
public sealed record ImageGenerationUpdate(DataContent Content, int ImageIndex, int? PartialIndex);
