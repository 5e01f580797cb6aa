using DiffusionX.Hosting;
using DiffusionX.Hosting.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Studio;

/// <summary>The studio's program: DiffusionX.Hosting with its HTTP API, and the page that speaks to it.</summary>
internal static class StudioHost
{
    // Every step is shown: with the decoder of previews a look at a latent takes a few milliseconds, and without one next to nothing.
    private const int Previews = 1000;

    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Builds it; nothing listens yet.</summary>
    public static WebApplication Build(StudioSettings settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, WebRootPath = "wwwroot" });
        builder.WebHost.UseUrls(settings.Url.GetLeftPart(UriPartial.Authority));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddHostFiltering(filter => filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);
        builder.Services.AddDiffusionX(options => Configure(options, settings));
        var app = builder.Build();
        app.UseHostFiltering();
        app.Use(Protect);
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.MapDiffusionX();
        return app;
    }

    private static void Configure(DiffusionXOptions options, StudioSettings settings)
    {
        options.Models["edge"] = new ModelOptions { Path = settings.EdgeFolder, Device = settings.Device, PreviewDecoder = settings.PreviewDecoderFolder };
        if (settings.CloudFolder is { } cloud)
        {
            options.Models["cloud"] = new ModelOptions { Path = cloud, Device = settings.Device };
        }

        options.Cloud = new CloudOptions
        {
            Edge = "edge",
            Model = settings.CloudAddress is null ? "cloud" : null,
            Address = settings.CloudAddress,
            TokenFile = settings.TokenFile,
            Link = settings.Link,
            IdleTimeout = settings.CloudPatience,
            LoadDraftStrength = settings.LoadDraftStrength,
        };
        options.Sessions.Folder = settings.SessionsFolder;
        options.Sessions.StrengthFolder = settings.StrengthFolder;
        options.Sessions.Previews = Previews;
        options.Sessions.ClientsChooseCloud = true;
    }

    // Nothing on the page is of another host, and no page of another host may press its buttons.
    private static Task Protect(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (context.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && !HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        if (!context.Request.Path.StartsWithSegments("/v1"))
        {
            headers.CacheControl = "no-cache";
        }

        return next(context);
    }
}
