using DiffusionX.Hosting;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Models;
using DiffusionX.Tests.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Tests.Hosting;

/// <summary>An ASP.NET Core program with DiffusionX in it, over mini models, on a port of its own.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private ApiServer(WebApplication app)
    {
        App = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/") };
    }

    public WebApplication App { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => App.Services;

    public int Port => Client.BaseAddress!.Port;

    /// <summary>Starts it, and waits until its models are loaded.</summary>
    /// <param name="models">The folder with the models edge and cloud, of <see cref="WriteModels"/>.</param>
    /// <param name="configure">Changes its options.</param>
    /// <param name="services">Changes its services.</param>
    public static async Task<ApiServer> StartAsync(string models, Action<DiffusionXOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var server = await StartLoadingAsync(models, configure, services);
        foreach (var name in server.Services.GetRequiredService<HostedModels>().Names)
        {
            await server.Services.GetRequiredService<HostedModels>().GetAsync(name);
        }

        return server;
    }

    /// <summary>Starts it alone.</summary>
    public static async Task<ApiServer> StartLoadingAsync(string models, Action<DiffusionXOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(new TestLog());
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddDiffusionX(options =>
        {
            options.Models["edge"] = new ModelOptions { Path = Path.Combine(models, "edge") };
            options.Models["cloud"] = new ModelOptions { Path = Path.Combine(models, "cloud") };
            options.Cloud = new CloudOptions { Edge = "edge", Model = "cloud" };
            options.DefaultModel = "cloud";
            configure?.Invoke(options);
        });
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDiffusionX();
        await app.StartAsync();
        return new ApiServer(app);
    }

    /// <summary>Writes the mini models edge and cloud into a folder.</summary>
    public static void WriteModels(string folder)
    {
        foreach (var name in new[] { "edge", "cloud" })
        {
            MiniModel.Write(Path.Combine(folder, name));
            File.WriteAllText(Path.Combine(folder, name, "generation_config.json"), """{"steps": 8, "guidance_scale": 2}""");
        }
    }

    /// <summary>Errors that the server logs are shown beside the test's own.</summary>
    private sealed class TestLog : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                TestContext.Progress.WriteLine($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
