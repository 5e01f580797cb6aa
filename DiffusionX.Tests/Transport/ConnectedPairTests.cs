using DiffusionX.Transport;

namespace DiffusionX.Tests.Transport;

/// <summary>Tests of two ends that are connected, a new pair for each of them.</summary>
public abstract class ConnectedPairTests
{
    private readonly LinkKind kind;

    private protected ConnectedPairTests(LinkKind kind) => this.kind = kind;

    private protected Link Link { get; private set; } = null!;

    private protected IConnection Connecting { get; private set; } = null!;

    private protected IConnection Listening { get; private set; } = null!;

    [SetUp]
    public async Task Connect()
    {
        Link = await Link.OpenAsync(kind);
        (Connecting, Listening) = await Link.ConnectPairAsync();
    }

    [TearDown]
    public async Task Disconnect()
    {
        await Connecting.DisposeAsync();
        await Listening.DisposeAsync();
        await Link.DisposeAsync();
    }
}
