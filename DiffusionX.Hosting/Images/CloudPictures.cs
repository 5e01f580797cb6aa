using DiffusionX.Hosting.Refining;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Edge;

namespace DiffusionX.Hosting.Images;

/// <summary>Pictures that the host's edge drafts and its cloud refines: the draft, from noise or from a picture, is the first look at each of them.</summary>
/// <param name="name">What clients call the pair.</param>
/// <param name="sessions">Opens the sessions, one for each picture.</param>
internal sealed class CloudPictures(string name, EdgeSessionFactory sessions) : IPictureSource
{
    public string Name => name;

    public async Task DrawAsync(PictureOrder order, Action<PictureUpdate> report, CancellationToken cancellationToken)
    {
        if (order.Base is not null)
        {
            throw new GenerationException($"{name} is two models, and a {nameof(GenerationRequest)} is for one. Leave out RawRepresentationFactory, or name a model that draws on its own.");
        }

        var seed = order.Seed ?? Random.Shared.Next();
        for (var image = 0; image < order.Count; image++)
        {
            await DrawOneAsync(order, unchecked(seed + image), image, report, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DrawOneAsync(PictureOrder order, long seed, int image, Action<PictureUpdate> report, CancellationToken cancellationToken)
    {
        var session = await sessions.OpenAsync(Settings(order, seed), file: null, order.Previews, cancellationToken).ConfigureAwait(false);
        await using var closed = session.ConfigureAwait(false);
        var draft = await session.PromptAsync(order.Prompt, Round(order), cancellationToken: cancellationToken).ConfigureAwait(false);
        var shown = 0;
        Show(draft.Picture);
        var watched = new PreviewProgress<RefinementProgress>(progress =>
        {
            if (progress.Preview is { } preview && progress.Step < progress.Steps)
            {
                Show(preview.Resize(draft.Picture.Width, draft.Picture.Height));
            }
        });
        var refined = await session.FinalizeAsync(order.Previews > 1 ? watched : null, cancellationToken).ConfigureAwait(false);
        report(new PictureUpdate(image, null, refined.Picture, seed));

        void Show(Picture picture)
        {
            if (shown < order.Previews)
            {
                report(new PictureUpdate(image, shown++, picture, seed));
            }
        }
    }

    private static RoundOptions Round(PictureOrder order) => new() { InitImage = order.Start, Mask = order.Mask, Strength = order.Strength };

    private static SessionSettings Settings(PictureOrder order, long seed) => new()
    {
        Seed = seed,
        Width = order.Width,
        Height = order.Height,
        Steps = order.Steps,
        GuidanceScale = order.GuidanceScale,
        NegativePrompt = order.NegativePrompt ?? "",
    };
}
