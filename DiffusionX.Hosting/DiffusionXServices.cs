using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Health;
using DiffusionX.Hosting.Http;
using DiffusionX.Hosting.Images;
using DiffusionX.Hosting.Models;
using DiffusionX.Hosting.Refining;
using DiffusionX.Hosting.Sessions;
using DiffusionX.Pipeline;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace DiffusionX.Hosting;

/// <summary>DiffusionX as services of a host.</summary>
public static class DiffusionXServices
{
    /// <summary>The name of the one meter and of the one source of spans, for hosts that subscribe by hand.</summary>
    public const string TelemetryName = ImageTelemetry.Name;

    internal const string ApiDocument = "diffusionx";

    /// <summary>
    /// Adds what a host needs to draw: its models (<see cref="HostedModels"/>, loaded in the background), <see cref="IImageGenerator"/>
    /// (and by a model's name as the key),
    /// sessions (<see cref="HostedSessions"/>), a refiner for others where the options ask for one (<see cref="HostedRefiner"/>), a
    /// health check that is tagged <c>ready</c>,
    /// and the library's figures and spans for OpenTelemetry.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The section that <see cref="DiffusionXOptions"/> are bound to.</param>
    /// <param name="configure">Changes them in code; null for nothing.</param>
    public static IServiceCollection AddDiffusionX(this IServiceCollection services, IConfiguration configuration, Action<DiffusionXOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        var options = services.AddOptions<DiffusionXOptions>().Bind(configuration, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        return services.AddParts();
    }

    /// <summary>Adds the same, with options from code alone.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddDiffusionX(this IServiceCollection services, Action<DiffusionXOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<DiffusionXOptions>().Configure(configure).ValidateOnStart();
        return services.AddParts();
    }

    /// <summary>A model that the program has loaded itself, as an <see cref="IImageGenerator"/>.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="defaults">What it draws best with; null for Stable Diffusion's settings.</param>
    public static IImageGenerator AsImageGenerator(this DiffusionModel model, string name = "diffusionx", GenerationDefaults? defaults = null) =>
        new DiffusionImageGenerator(model, name, defaults);

    private static IServiceCollection AddParts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DiffusionXOptions>, DiffusionXOptionsValidator>());
        services.TryAddSingleton<HostedModels>();
        services.TryAddSingleton<CloudLinkSource>();
        services.TryAddSingleton<EdgeSessionFactory>();
        services.TryAddSingleton<HostedRefiner>();
        services.TryAddSingleton(CreateSessions);
        services.AddHostedService<ModelLoading>();
        services.AddHostedService(provider => provider.GetRequiredService<HostedRefiner>());
        services.AddGenerators();
        services.AddApi();
        services.AddHealthChecks().AddCheck<ReadinessHealthCheck>(ReadinessHealthCheck.Name, tags: [ReadinessHealthCheck.ReadyTag]);
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(TelemetryName));
        services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddSource(TelemetryName));
        return services;
    }

    private static HostedSessions CreateSessions(IServiceProvider provider) => new(
        provider.GetRequiredService<IOptions<DiffusionXOptions>>(),
        provider.GetRequiredService<HostedModels>(),
        provider.GetRequiredService<EdgeSessionFactory>(),
        provider.GetRequiredService<IHostEnvironment>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<HostedSessions>>());

    private static void AddGenerators(this IServiceCollection services)
    {
        services.TryAddSingleton<PictureSources>();
        services.TryAddSingleton(provider => CreateGenerator(provider, model: null));
        services.TryAddSingleton<IImageGenerator>(provider => provider.GetRequiredService<DiffusionImageGenerator>());
        services.TryAddKeyedSingleton<IImageGenerator>(KeyedService.AnyKey, (provider, key) => CreateGenerator(provider, provider.GetRequiredService<PictureSources>().Find((string)key!).Name));
    }

    private static void AddApi(this IServiceCollection services)
    {
        services.TryAddSingleton<ApiKeys>();
        services.TryAddSingleton<RequestGate>();
        services.TryAddSingleton<PictureStore>();
        services.TryAddSingleton<ImagesApi>();
        services.TryAddSingleton<SessionFinder>();
        services.TryAddSingleton<SessionsApi>();
        services.TryAddSingleton<SessionEventsApi>();
        services.AddOpenApi(ApiDocument, document =>
        {
            document.ShouldInclude = endpoint => endpoint.GroupName == ApiDocument;
            document.AddDocumentTransformer((description, _, _) =>
            {
                description.Info.Title = "DiffusionX";
                return Task.CompletedTask;
            });
            document.AddOperationTransformer((operation, context, _) =>
            {
                if (context.Description.ActionDescriptor.EndpointMetadata.OfType<FormBody>().SingleOrDefault() is { } form && operation.RequestBody?.Content is { Count: 1 } content)
                {
                    var body = content.Values.Single();
                    if (!form.OrJson)
                    {
                        content.Clear();
                    }

                    content["multipart/form-data"] = body;
                }

                return Task.CompletedTask;
            });
        });
    }

    private static DiffusionImageGenerator CreateGenerator(IServiceProvider provider, string? model)
    {
        var options = provider.GetRequiredService<IOptions<DiffusionXOptions>>().Value;
        return new DiffusionImageGenerator(provider.GetRequiredService<PictureSources>().Find, model ?? options.ModelByDefault, options.PromptsInTelemetry, type => type == typeof(HostedModels) ? provider.GetRequiredService<HostedModels>() : null);
    }
}
