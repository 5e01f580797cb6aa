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
internal sealed class SessionsApi(IOptions<DiffusionXOptions> options, HostedSessions sessions, HostedModels models, RequestGate gate)
{
    private readonly ParameterReader reader = new(options.Value.Http);
    private readonly SessionBodyReader bodies = new(options.Value.Http);

    public async Task BeginAsync(HttpContext context)
    {
        var body = context.Request.ContentLength == 0 ? new SessionBody() : await ApiJson.ReadAsync(context.Request, ApiJson.Web.SessionBody).ConfigureAwait(false);
        var (width, height) = reader.Size(body.Size);
        var session = sessions.Begin(new SessionSettings
        {
            Model = body.Model,
            Seed = body.Seed,
            Width = width,
            Height = height,
            Steps = body.Steps is { } steps ? (int)ParameterReader.Within("steps", steps, 1, options.Value.Http.MaxSteps) : null,
            GuidanceScale = body.GuidanceScale is { } scale ? ParameterReader.Within("guidance_scale", scale, 0, 100) : null,
            NegativePrompt = reader.Prompt("negative_prompt", body.NegativePrompt ?? ""),
        });
        context.Response.Headers.Location = $"{context.Request.PathBase}{ApiPaths.Sessions}/{session.Id}";
        await ApiJson.WriteAsync(context, Describe(context, session, new SessionState(session.Settings.Seed!.Value, null, [])), ApiJson.Web.SessionResource, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    public Task ListAsync(HttpContext context) =>
        ApiJson.WriteAsync(context, new SessionList([.. sessions.All.Select(session => Describe(context, session, null))]), ApiJson.Web.SessionList);

    public Task GetAsync(HttpContext context, string id) => AnswerStateAsync(context, id, session => session.GetStateAsync(context.RequestAborted));

    public Task UndoAsync(HttpContext context, string id) => AnswerStateAsync(context, id, session => session.UndoAsync(context.RequestAborted));

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
        var session = Find(id);
        var output = PictureOutput.Read(context.Request.Query["output_format"], null);
        byte[] bytes;
        using (await gate.EnterAsync(context.RequestAborted).ConfigureAwait(false))
        {
            bytes = output.Encode(await session.ShowAsync(round, context.RequestAborted).ConfigureAwait(false));
        }

        context.Response.ContentType = output.MediaType;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }

    public async Task DrawAsync(HttpContext context, string id)
    {
        var wanted = await bodies.ReadRoundAsync(context).ConfigureAwait(false);
        var session = Find(id);
        Task<Draft> Draw(Action<Picture> show, CancellationToken stop) =>
            session.PromptAsync(wanted.Prompt, wanted.Round, Watch<GenerationProgress>(step => step.Step < step.Steps ? step.Preview : null, show), stop);
        RoundResource Answer(Draft draft) =>
            DescribeRound(context, session, draft.Round) with { Base64 = wanted.Output.ToBase64(draft.Picture), OutputFormat = wanted.Output.Name };
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
        var session = Find(id);
        Task<RefinedImage> Refine(Action<Picture> show, CancellationToken stop) =>
            session.FinalizeAsync(wanted.Change, Watch<RefinementProgress>(step => step.Step < step.Steps ? step.Preview : null, show), stop);
        if (wanted.Stream)
        {
            await StreamAsync(
                context,
                "session.final_image",
                wanted.Output,
                wanted.Previews,
                Refine,
                refined => new SessionEvent { Type = "session.final_image.completed", FinalImage = DescribeFinal(session, wanted.Output, refined) }).ConfigureAwait(false);
            return;
        }

        RefinedImage image;
        using (await gate.EnterAsync(context.RequestAborted).ConfigureAwait(false))
        {
            image = await Refine(_ => { }, context.RequestAborted).ConfigureAwait(false);
        }

        await ApiJson.WriteAsync(context, DescribeFinal(session, wanted.Output, image), ApiJson.Web.FinalImageResource).ConfigureAwait(false);
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

    private HostedSession Find(string id)
    {
        var session = sessions.Get(id);
        ImagesApi.ThrowIfNotReady(models.IsReady(session.Model), models);
        return session;
    }

    private async Task AnswerStateAsync(HttpContext context, string id, Func<HostedSession, Task<SessionState>> change)
    {
        var session = Find(id);
        var state = await change(session).ConfigureAwait(false);
        await ApiJson.WriteAsync(context, Describe(context, session, state), ApiJson.Web.SessionResource).ConfigureAwait(false);
    }

    private static SessionResource Describe(HttpContext context, HostedSession session, SessionState? state) => new()
    {
        Id = session.Id,
        CreatedAt = session.Created.ToUnixTimeSeconds(),
        Model = session.Model,
        Seed = state?.Seed ?? session.Settings.Seed,
        CurrentRound = state?.Current,
        Rounds = state is null ? null : [.. state.Rounds.Select(round => DescribeRound(context, session, round))],
    };

    private static RoundResource DescribeRound(HttpContext context, HostedSession session, Round round) => new()
    {
        SessionId = session.Id,
        Number = round.Number,
        Parent = round.Parent,
        Prompt = round.Prompt,
        Seed = round.Seed,
        Strength = round.Strength,
        Steps = round.StepsRun,
        Seconds = round.Duration.TotalSeconds,
        Masked = round.Mask is not null,
        ImageUrl = string.Create(CultureInfo.InvariantCulture, $"{context.Request.PathBase}{ApiPaths.Sessions}/{session.Id}/rounds/{round.Number}/image"),
    };

    private static FinalImageResource DescribeFinal(HostedSession session, PictureOutput output, RefinedImage image) => new()
    {
        SessionId = session.Id,
        Round = image.Round.Number,
        Base64 = output.ToBase64(image.Picture),
        OutputFormat = output.Name,
        Size = $"{image.Picture.Width}x{image.Picture.Height}",
        Report = new ReportResource
        {
            Place = image.Report.Place == RefinementPlace.Cloud ? "cloud" : "edge",
            RefinedBy = image.Report.RefinedBy,
            EdgeReason = image.Report.EdgeReason,
            Attempts = image.Report.Attempts,
            Strength = image.Report.Strength,
            Steps = image.Report.StepsRun,
            Seconds = image.Report.Total.TotalSeconds,
            BytesUp = image.Report.BytesUp,
            BytesDown = image.Report.BytesDown,
        },
    };
}
