using System.Globalization;
using System.Text.Json;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Images;
using DiffusionX.Hosting.Models;
using DiffusionX.Hosting.Refining;
using DiffusionX.Hosting.Sessions;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Http;

/// <summary><c>/v1/sessions</c>: a picture in rounds, each from the one before, and in the end refined.</summary>
internal sealed class SessionsApi(IOptions<DiffusionXOptions> options, HostedSessions sessions, HostedModels models, SessionFinder finder, RequestGate gate)
{
    private readonly ParameterReader reader = new(options.Value.Http);
    private readonly SessionBodyReader bodies = new(options.Value.Http);
    private readonly SessionSettingsReader settings = new(options.Value);

    public async Task BeginAsync(HttpContext context)
    {
        var body = context.Request.ContentLength == 0 ? new SessionBody() : await ApiJson.ReadAsync(context.Request, ApiJson.Web.SessionBody).ConfigureAwait(false);
        var session = sessions.Begin(settings.Read(body, new SessionSettings()));
        context.Response.Headers.Location = $"{context.Request.PathBase}{ApiPaths.Sessions}/{session.Id}";
        await ApiJson.WriteAsync(context, Resources(context, session).Describe(new SessionState(session.Settings.Seed!.Value, null, [])), ApiJson.Web.SessionResource, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    public Task ListAsync(HttpContext context) =>
        ApiJson.WriteAsync(context, new SessionList([.. sessions.All.Select(session => Resources(context, session).InList())]), ApiJson.Web.SessionList);

    public async Task GetOptionsAsync(HttpContext context)
    {
        var cloud = options.Value.Cloud;
        var usual = options.Value.SessionModel;
        var drafting = new List<DraftModelResource>();
        foreach (var name in models.Names.OrderBy(name => name != usual).Where(models.IsReady))
        {
            var model = await models.GetAsync(name, context.RequestAborted).ConfigureAwait(false);
            drafting.Add(new DraftModelResource(name, model.Model.NativeSize, model.Defaults.Steps, model.Defaults.GuidanceScale));
        }

        await ApiJson.WriteAsync(
            context,
            new SessionOptionsResource
            {
                Models = drafting,
                HasCloud = cloud is not null,
                CloudAddress = cloud?.Address,
                CloudSteps = drafting.FirstOrDefault(model => model.Id == (cloud?.Model ?? usual))?.Steps,
                ClientsChooseCloud = options.Value.Sessions.ClientsChooseCloud && cloud is not null,
                Link = cloud?.Link,
                Links = [.. LinkProfiles.All.Select(link => new LinkResource(link.Key, Bound(link.Value.UplinkMbps), Bound(link.Value.DownlinkMbps), link.Value.Latency.TotalMilliseconds))],
                MaxSteps = options.Value.Http.MaxSteps,
                MaxPromptLength = options.Value.Http.MaxPromptLength,
            },
            ApiJson.Web.SessionOptionsResource).ConfigureAwait(false);

        static double? Bound(double mbps) => double.IsFinite(mbps) ? mbps : null;
    }

    public Task GetAsync(HttpContext context, string id) => AnswerStateAsync(context, id, session => session.GetStateAsync(context.RequestAborted));

    public Task UndoAsync(HttpContext context, string id) => AnswerStateAsync(context, id, session => session.UndoAsync(context.RequestAborted));

    public async Task ChangeAsync(HttpContext context, string id)
    {
        var body = await ApiJson.ReadAsync(context.Request, ApiJson.Web.SessionBody).ConfigureAwait(false);
        await AnswerStateAsync(context, id, session => session.ChangeAsync(settings.Read(body, session.Settings), context.RequestAborted)).ConfigureAwait(false);
    }

    public async Task PredictAsync(HttpContext context, string id)
    {
        var body = await ApiJson.ReadAsync(context.Request, ApiJson.Web.StrengthBody).ConfigureAwait(false);
        var strength = await finder.Find(id).PredictStrengthAsync(reader.Prompt("prompt", body.Prompt), context.RequestAborted).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, new StrengthResource(strength), ApiJson.Web.StrengthResource).ConfigureAwait(false);
    }

    public Task CancelAsync(HttpContext context, string id)
    {
        finder.Find(id).Cancel();
        return ApiJson.WriteAsync(context, new BackgroundResource(id), ApiJson.Web.BackgroundResource);
    }

    public async Task BranchAsync(HttpContext context, string id)
    {
        var body = await ApiJson.ReadAsync(context.Request, ApiJson.Web.BranchBody).ConfigureAwait(false);
        await AnswerStateAsync(context, id, session => session.GoBackToAsync(body.Round, context.RequestAborted)).ConfigureAwait(false);
    }

    public async Task DeleteAsync(HttpContext context, string id)
    {
        await sessions.DeleteAsync(id).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, new SessionDeleted(id), ApiJson.Web.SessionDeleted).ConfigureAwait(false);
    }

    public async Task ShowAsync(HttpContext context, string id, int round)
    {
        var session = finder.Find(id);
        var output = PictureOutput.Read(context.Request.Query["output_format"], null);
        var withSettings = context.Request.Query["settings"] == "true" && output.Format == PictureFormat.Png;
        byte[] bytes;
        using (await gate.EnterAsync(context.RequestAborted).ConfigureAwait(false))
        {
            bytes = output.Encode(await session.ShowAsync(round, context.RequestAborted).ConfigureAwait(false));
        }

        await WritePictureAsync(context, withSettings ? await AddSettingsAsync(context, session, round, bytes).ConfigureAwait(false) : bytes, output.MediaType).ConfigureAwait(false);
    }

    public async Task ShowFinalAsync(HttpContext context, string id, int number)
    {
        var session = finder.Find(id);
        var png = session.ShowFinal(number);
        var round = session.FinalImages[number - 1].Round;
        var withSettings = context.Request.Query["settings"] == "true";
        await WritePictureAsync(context, withSettings ? await AddSettingsAsync(context, session, round, png).ConfigureAwait(false) : png, "image/png").ConfigureAwait(false);
    }

    public async Task DrawAsync(HttpContext context, string id)
    {
        var wanted = await bodies.ReadRoundAsync(context).ConfigureAwait(false);
        var session = finder.Find(id);
        Task<Draft> Draw(Action<Picture> show, CancellationToken stop) =>
            session.PromptAsync(wanted.Prompt, wanted.Round, Watch<GenerationProgress>(step => step.Step < step.Steps ? step.Preview : null, show), stop);
        RoundResource Answer(Draft draft) =>
            Resources(context, session).Describe(draft.Round) with { Base64 = wanted.Output.ToBase64(draft.Picture), OutputFormat = wanted.Output.Name };
        if (wanted.Background)
        {
            await RunInBackgroundAsync(context, session, () => Draw(_ => { }, CancellationToken.None)).ConfigureAwait(false);
            return;
        }

        if (wanted.Stream)
        {
            await StreamAsync(
                context, "session.round", wanted.Output, wanted.Previews, Draw, draft => new SessionEvent { Type = "session.round.completed", Round = Answer(draft) }).ConfigureAwait(false);
            return;
        }

        Draft drawn;
        using (await gate.EnterAsync(context.RequestAborted).ConfigureAwait(false))
        {
            drawn = await Draw(_ => { }, context.RequestAborted).ConfigureAwait(false);
        }

        await ApiJson.WriteAsync(context, Answer(drawn), ApiJson.Web.RoundResource, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    public async Task FinalizeAsync(HttpContext context, string id)
    {
        var wanted = await bodies.ReadFinalAsync(context).ConfigureAwait(false);
        var session = finder.Find(id);
        Task<RefinedImage> Refine(Action<Picture> show, CancellationToken stop) =>
            session.FinalizeAsync(wanted.Change, Watch<RefinementProgress>(step => step.Step < step.Steps ? step.Preview : null, show), stop);
        if (wanted.Background)
        {
            await RunInBackgroundAsync(context, session, () => Refine(_ => { }, CancellationToken.None)).ConfigureAwait(false);
            return;
        }

        if (wanted.Stream)
        {
            await StreamAsync(
                context,
                "session.final_image",
                wanted.Output,
                wanted.Previews,
                Refine,
                refined => new SessionEvent { Type = "session.final_image.completed", FinalImage = Resources(context, session).Describe(refined, wanted.Output) }).ConfigureAwait(false);
            return;
        }

        RefinedImage image;
        using (await gate.EnterAsync(context.RequestAborted).ConfigureAwait(false))
        {
            image = await Refine(_ => { }, context.RequestAborted).ConfigureAwait(false);
        }

        await ApiJson.WriteAsync(context, Resources(context, session).Describe(image, wanted.Output), ApiJson.Web.FinalImageResource).ConfigureAwait(false);
    }

    private static PreviewProgress<T> Watch<T>(Func<T, Picture?> preview, Action<Picture> show) => new(step =>
    {
        if (preview(step) is { } picture)
        {
            show(picture);
        }
    });

    private Task StreamAsync<T>(
        HttpContext context, string kind, PictureOutput output, int previews, Func<Action<Picture>, CancellationToken, Task<T>> draw, Func<T, SessionEvent> complete) =>
        EventStream.AnswerAsync(context, gate, async (events, stop) =>
        {
            var shown = 0;
            void Show(Picture picture)
            {
                if (shown < previews)
                {
                    var partial = shown++;
                    Send(() => new SessionEvent { Type = $"{kind}.partial_image", Base64 = output.ToBase64(picture), PartialImageIndex = partial, OutputFormat = output.Name }, $"{kind}.partial_image");
                }
            }

            void Send(Func<SessionEvent> make, string name) =>
                events.TryWrite(new ServerEvent(name, () => JsonSerializer.SerializeToUtf8Bytes(make(), ApiJson.Web.SessionEvent)));

            var drawn = await draw(Show, stop).ConfigureAwait(false);
            Send(() => complete(drawn), $"{kind}.completed");
        });

    // What goes wrong is told to those who watch, and it ends with the host.
    private async Task RunInBackgroundAsync(HttpContext context, HostedSession session, Func<Task> run)
    {
        var entering = gate.EnterAsync(CancellationToken.None);
        if (entering.IsCompleted)
        {
            // Too many wait already: the client is told so.
            _ = await entering.ConfigureAwait(false);
        }

        _ = Task.Run(async () =>
        {
            using (await entering.ConfigureAwait(false))
            {
                await run().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }, CancellationToken.None);
        await ApiJson.WriteAsync(context, new BackgroundResource(session.Id), ApiJson.Web.BackgroundResource, StatusCodes.Status202Accepted).ConfigureAwait(false);
    }

    // A picture never changes, and its address is nobody else's.
    private static async Task WritePictureAsync(HttpContext context, byte[] bytes, string mediaType)
    {
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<byte[]> AddSettingsAsync(HttpContext context, HostedSession session, int number, byte[] png)
    {
        var state = await session.GetStateAsync(context.RequestAborted).ConfigureAwait(false);
        var (round, used) = (state.Rounds[number - 1], session.SettingsOf(number));
        return PngText.Insert(png, new Dictionary<string, string>
        {
            ["prompt"] = round.Prompt,
            ["negative prompt"] = used.NegativePrompt,
            ["seed"] = round.Seed.ToString(CultureInfo.InvariantCulture),
            ["strength"] = round.Strength.ToString(CultureInfo.InvariantCulture),
            ["steps run"] = round.StepsRun.ToString(CultureInfo.InvariantCulture),
            ["guidance scale"] = used.GuidanceScale?.ToString(CultureInfo.InvariantCulture) ?? "the model's",
            ["model"] = used.Model ?? session.Model,
            ["diffusionx session"] = session.Id,
            ["diffusionx round"] = number.ToString(CultureInfo.InvariantCulture),
        });
    }

    private async Task AnswerStateAsync(HttpContext context, string id, Func<HostedSession, Task<SessionState>> change)
    {
        var session = finder.Find(id);
        var state = await change(session).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, Resources(context, session).Describe(state), ApiJson.Web.SessionResource).ConfigureAwait(false);
    }

    private static SessionResources Resources(HttpContext context, HostedSession session) => new(context.Request.PathBase, session);
}
