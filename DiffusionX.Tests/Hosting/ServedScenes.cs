using DiffusionX.Cli.Shipped;
using DiffusionX.Tests.Cli;

namespace DiffusionX.Tests.Hosting;

/// <summary><c>diffusionx serve --http</c> with the models that come with the program, for clients that others wrote.</summary>
[TestFixture]
[Platform("Unix", Reason = "The server is ended by SIGTERM.")]
public abstract class ServedScenes
{
    private protected RunningServer Server { get; private set; } = null!;

    /// <summary>The API's address.</summary>
    private protected string Api => Server.Api!;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        if (ShippedModels.TryFind(ShippedModels.Cloud) is not { } cloud)
        {
            Assert.Ignore("The models that come with the program are not here.");
            return;
        }

        var root = Path.GetFullPath(Path.Combine(cloud, "..", "..", ".."));
        Server = await RunningServer.StartAsync(root, "--listen", "tcp://127.0.0.1:0", "--monitoring-port", "0", "--http", "http://127.0.0.1:0");
    }

    [OneTimeTearDown]
    public void StopServer() => Server?.Dispose();
}
