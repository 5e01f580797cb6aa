using DiffusionX.Hosting.Models;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;

namespace DiffusionX.Hosting.Images;

/// <summary>Pictures that one model of the host draws on its own.</summary>
/// <param name="name">The model's name.</param>
/// <param name="load">The model, once it is there.</param>
internal sealed class LocalPictures(string name, Func<CancellationToken, Task<HostedModel>> load) : IPictureSource
{
    public string Name => name;

    public async Task DrawAsync(PictureOrder order, Action<PictureUpdate> report, CancellationToken cancellationToken)
    {
        var model = await load(cancellationToken).ConfigureAwait(false);
        var request = Request(order, model);
        if (order.Previews == 0)
        {
            await DrawTogetherAsync(model.Model, request, report, cancellationToken).ConfigureAwait(false);
            return;
        }

        // A batch shows its first picture alone on the way. One seed gives one picture in every batch.
        for (var image = 0; image < request.ImageCount; image++)
        {
            var one = request with { ImageCount = 1, Seed = unchecked(request.Seed + image) };
            await DrawWatchedAsync(model.Model, one, image, order.Previews, report, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task DrawTogetherAsync(DiffusionModel model, GenerationRequest request, Action<PictureUpdate> report, CancellationToken cancellationToken)
    {
        var result = await model.GenerateAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
        for (var image = 0; image < result.Images.Count; image++)
        {
            report(new PictureUpdate(image, null, result.Images[image].Picture, result.Images[image].Seed));
        }
    }

    private static async Task DrawWatchedAsync(
        DiffusionModel model, GenerationRequest request, int image, int previews, Action<PictureUpdate> report, CancellationToken cancellationToken)
    {
        var shown = 0;
        var progress = new PreviewProgress<GenerationProgress>(step =>
        {
            if (step.Preview is { } preview && shown < previews && step.Step < step.Steps)
            {
                report(new PictureUpdate(image, shown++, preview.Resize(request.Width!.Value, request.Height!.Value), request.Seed));
            }
        });
        var result = await model.GenerateAsync(request, progress, cancellationToken).ConfigureAwait(false);
        report(new PictureUpdate(image, null, result.Images[0].Picture, request.Seed));
    }

    private static GenerationRequest Request(PictureOrder order, HostedModel model)
    {
        var given = order.Base ?? model.Request(order.Prompt);
        var start = order.Start ?? given.InitImage;
        var (width, height) = Size(order, given, start, model.Model);
        var request = given with
        {
            Prompt = order.Prompt,
            NegativePrompt = order.NegativePrompt ?? given.NegativePrompt,
            ImageCount = order.Count,
            Width = width,
            Height = height,
            Seed = order.Seed ?? Random.Shared.Next(),
            Steps = order.Steps ?? Math.Clamp((int)Math.Round(given.Steps * order.StepsFactor), 1, GenerationRequest.MaxSteps),
            GuidanceScale = order.GuidanceScale ?? given.GuidanceScale,
            InitImage = start,
            InitMask = order.Mask ?? given.InitMask,
            Strength = order.Strength ?? given.Strength,
        };
        var run = start is null ? request.Steps : Math.Max(1, (int)(request.Steps * request.Strength));
        return request with { PreviewEvery = order.Previews == 0 ? 0 : Math.Max(1, run / (order.Previews + 1)) };
    }

    private static (int Width, int Height) Size(PictureOrder order, GenerationRequest given, Picture? start, DiffusionModel model)
    {
        if ((order.Width ?? given.Width) is { } width && (order.Height ?? given.Height) is { } height)
        {
            return (width, height);
        }

        if (given.InitLatent is { } latent)
        {
            return (latent.Width * model.PixelsPerLatent, latent.Height * model.PixelsPerLatent);
        }

        if (start is null)
        {
            return (model.NativeSize, model.NativeSize);
        }

        var fit = PictureFit.Of(start.Width, start.Height, model.NativeSize, model.NativeSize);
        return (fit.Width, fit.Height);
    }
}

/// <summary>Reports on the thread that makes the report; <see cref="Progress{T}"/> would report later, and out of order.</summary>
internal sealed class PreviewProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
