using DiffusionX.Hosting.Health;
using DiffusionX.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace DiffusionX.Hosting;

/// <summary>DiffusionX over HTTP.</summary>
public static class DiffusionXEndpoints
{
    /// <summary>
    /// Maps the API that image clients speak (<c>/v1/images/generations</c>, <c>/v1/images/edits</c>, <c>/v1/models</c>), sessions
    /// (<c>/v1/sessions</c>), the description of both
    /// (<c>/openapi/diffusionx.json</c>), and health (<c>/health</c>, <c>/health/live</c>, <c>/health/ready</c>). It takes <see
    /// cref="DiffusionXServices.AddDiffusionX(IServiceCollection, Action{Configuration.DiffusionXOptions})"/>.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>The endpoints of the API, for further conventions.</returns>
    public static IEndpointConventionBuilder MapDiffusionX(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        endpoints.MapOpenApi().Add(DescribeAtOnePath);
        endpoints.MapDiffusionXHealth();
        return endpoints.MapDiffusionXApi();
    }

    /// <summary>
    /// Maps health alone: <c>/health</c> and <c>/health/ready</c>, which are 503 until the models are loaded and while the host stops,
    /// and <c>/health/live</c>.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    public static IEndpointRouteBuilder MapDiffusionXHealth(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var ready = new HealthCheckOptions { Predicate = check => check.Tags.Contains(ReadinessHealthCheck.ReadyTag), ResponseWriter = HealthResponse.WriteAsync };
        var asked = new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]);
        endpoints.MapHealthChecks("/health", ready).WithMetadata(asked);
        endpoints.MapHealthChecks("/health/ready", ready).WithMetadata(asked);
        endpoints.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).WithMetadata(asked);
        return endpoints;
    }

    // The host may have documents of its own, under the same pattern.
    private static void DescribeAtOnePath(EndpointBuilder endpoint) => ((RouteEndpointBuilder)endpoint).RoutePattern = RoutePatternFactory.Parse(
        $"/openapi/{DiffusionXServices.ApiDocument}.json", defaults: new { documentName = DiffusionXServices.ApiDocument }, parameterPolicies: null);

    private static RouteGroupBuilder MapDiffusionXApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup("").AddEndpointFilterFactory((_, next) => context =>
            ActivatorUtilities.GetServiceOrCreateInstance<ApiEndpointFilter>(context.HttpContext.RequestServices).InvokeAsync(context, next));
        api.WithGroupName(DiffusionXServices.ApiDocument).DisableAntiforgery();
        api.MapImages();
        api.MapModels();
        api.MapSessions();
        api.Map("/v1/{**rest}", (HttpContext context) =>
            ErrorResponses.WriteAsync(context, new ApiException(404, $"Unknown request: {context.Request.Method} {context.Request.Path}.", ApiException.InvalidRequest, code: "unknown_url")))
            .ExcludeFromDescription()
            .WithOrder(int.MaxValue);
        return api;
    }

    private static void MapImages(this IEndpointRouteBuilder api)
    {
        api.MapPost(ApiPaths.Images + "/generations", (ImagesApi images, HttpContext context) => images.GenerateAsync(context))
            .Describe("createImage", "Draws pictures from a prompt; with stream as server-sent events.")
            .Takes<ImageGenerationBody>()
            .Produces<ImagesResponse>();
        api.MapPost(ApiPaths.Images + "/edits", (ImagesApi images, HttpContext context) => images.EditAsync(context))
            .Describe("createImageEdit", "Draws pictures from a picture, everywhere or where a mask says.")
            .Takes<ImageEditForm>().WithMetadata(new FormBody())
            .Produces<ImagesResponse>();
        api.MapGet(ApiPaths.Files + "/{name}", (ImagesApi images, HttpContext context, string name) => images.GetFileAsync(context, name))
            .Describe("getImageFile", "A picture that was answered as an address.")
            .WithMetadata(new NeedsNoKey())
            .Produces(StatusCodes.Status200OK, contentType: "image/png");
    }

    private static void MapModels(this IEndpointRouteBuilder api)
    {
        api.MapGet(ApiPaths.Models, (ImagesApi images, HttpContext context) => images.ListModelsAsync(context))
            .Describe("listModels", "All models.")
            .Produces<ModelList>();
        api.MapGet(ApiPaths.Models + "/{**id}", (ImagesApi images, HttpContext context, string id) => images.GetModelAsync(context, id))
            .Describe("retrieveModel", "One model.")
            .Produces<ModelResource>();
    }

    private static void MapSessions(this IEndpointRouteBuilder api)
    {
        const string One = ApiPaths.Sessions + "/{id}";
        api.MapPost(ApiPaths.Sessions, (SessionsApi sessions, HttpContext context) => sessions.BeginAsync(context))
            .Describe("createSession", "Begins a session.")
            .Takes<SessionBody>()
            .Produces<SessionResource>(StatusCodes.Status201Created);
        api.MapGet(ApiPaths.Sessions, (SessionsApi sessions, HttpContext context) => sessions.ListAsync(context))
            .Describe("listSessions", "All sessions, the youngest first, without their rounds.")
            .Produces<SessionList>();
        api.MapGet(One, (SessionsApi sessions, HttpContext context, string id) => sessions.GetAsync(context, id))
            .Describe("retrieveSession", "A session with its rounds.")
            .Produces<SessionResource>();
        api.MapGet(ApiPaths.SessionOptions, (SessionsApi sessions, HttpContext context) => sessions.GetOptionsAsync(context))
            .Describe("retrieveSessionOptions", "The models, clouds and links that sessions can be begun with.")
            .Produces<SessionOptionsResource>();
        api.MapPatch(One, (SessionsApi sessions, HttpContext context, string id) => sessions.ChangeAsync(context, id))
            .Describe("updateSession", "Has a session draw with other settings from the next round on; what is left out stays.")
            .Takes<SessionBody>()
            .Produces<SessionResource>();
        api.MapGet(One + "/events", (SessionEventsApi events, HttpContext context, string id) => events.WatchAsync(context, id))
            .Describe("watchSession", "All that happens in a session as server-sent events, from its state on.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
        api.MapPost(One + "/strength", (SessionsApi sessions, HttpContext context, string id) => sessions.PredictAsync(context, id))
            .Describe("predictStrength", "How much noise a round with this prompt would put on the current one.")
            .Takes<StrengthBody>()
            .Produces<StrengthResource>();
        api.MapPost(One + "/cancel", (SessionsApi sessions, HttpContext context, string id) => sessions.CancelAsync(context, id))
            .Describe("cancelSession", "Stops what the session is drawing, and what waits for it.")
            .Produces<BackgroundResource>();
        api.MapGet(One + "/final_images/{number:int}/image", (SessionsApi sessions, HttpContext context, string id, int number) => sessions.ShowFinalAsync(context, id, number))
            .Describe("retrieveFinalImage", "A final picture, as PNG; settings=true in the query adds how it was made, and the session's name.")
            .Produces(StatusCodes.Status200OK, contentType: "image/png");
        api.MapDelete(One, (SessionsApi sessions, HttpContext context, string id) => sessions.DeleteAsync(context, id))
            .Describe("deleteSession", "Ends a session and deletes it.")
            .Produces<SessionDeleted>();
        api.MapPost(One + "/rounds", (SessionsApi sessions, HttpContext context, string id) => sessions.DrawAsync(context, id))
            .Describe("createRound", "Draws a preview from the current round's picture or from one that is sent, everywhere or where a mask says; with stream as server-sent events.")
            .Takes<RoundBody>().WithMetadata(new FormBody(OrJson: true))
            .Produces<RoundResource>(StatusCodes.Status201Created);
        api.MapGet(One + "/rounds/{round:int}/image", (SessionsApi sessions, HttpContext context, string id, int round) => sessions.ShowAsync(context, id, round))
            .Describe("retrieveRoundImage", "A round's picture; output_format in the query chooses its format, and settings=true adds to a PNG how it was made, and the session's name.")
            .Produces(StatusCodes.Status200OK, contentType: "image/png");
        api.MapPost(One + "/undo", (SessionsApi sessions, HttpContext context, string id) => sessions.UndoAsync(context, id))
            .Describe("undoRound", "Goes back to the round that the current one started from. Nothing is lost.")
            .Produces<SessionResource>();
        api.MapPost(One + "/branch", (SessionsApi sessions, HttpContext context, string id) => sessions.BranchAsync(context, id))
            .Describe("branchSession", "Goes back, or forth, to any round, so that the next one branches off from it.")
            .Takes<BranchBody>()
            .Produces<SessionResource>();
        api.MapPost(One + "/finalize", (SessionsApi sessions, HttpContext context, string id) => sessions.FinalizeAsync(context, id))
            .Describe("finalizeSession", "Has the current round refined in the cloud, everywhere or where a mask says; with stream as server-sent events.")
            .Takes<FinalizeBody>().WithMetadata(new FormBody(OrJson: true))
            .Produces<FinalImageResource>();
    }

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string name, string summary) =>
        endpoint.WithName($"DiffusionX.{name}").WithSummary(summary).Produces<ErrorResponse>(StatusCodes.Status400BadRequest).Produces<ErrorResponse>(StatusCodes.Status401Unauthorized);

    // Without a content type, by which the router would choose: what is wrong with a request's is said by its endpoint.
    private static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new AcceptsMetadata([], typeof(T)));
}
