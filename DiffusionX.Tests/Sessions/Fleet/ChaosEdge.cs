using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>An edge that asks for one request after another, and goes to another gateway whenever its own is gone.</summary>
/// <param name="gateways">Where the gateways listen.</param>
/// <param name="first">Which of them it begins with.</param>
internal sealed class ChaosEdge(IReadOnlyList<int> gateways, int first) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Guid session = Guid.NewGuid();
    private int gateway = first;
    private RawClient? client;

    /// <summary>How often it had to begin again with a request.</summary>
    public int Retries { get; private set; }

    /// <summary>Asks until there is a result, the only one.</summary>
    public async Task<Result> AskAsync(Refine request)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                client ??= await ConnectAsync();
                await client.SendAsync(request);
                switch (await OutcomeAsync(client, request, patience.Token))
                {
                    case Result result:
                        return result;
                    case Error { Retryable: true }:
                        break;
                    case Error error:
                        throw new AssertionException($"{error.Code}: {error.Text}");
                }
            }
            catch (TransportException) when (!patience.IsCancellationRequested)
            {
                await DisposeAsync();
                gateway++;
            }

            Retries++;
            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (client is { } connected)
        {
            client = null;
            connected.Channel.Connection.Abort();
            await connected.DisposeAsync();
        }
    }

    private Task<RawClient> ConnectAsync()
    {
        var options = new TcpTransportOptions { Host = "127.0.0.1", Port = gateways[gateway % gateways.Count] };
        return RawClient.ConnectAsync(new TcpTransport(options), session);
    }

    private static async Task<RequestMessage> OutcomeAsync(RawClient client, Refine request, CancellationToken patience)
    {
        while (true)
        {
            var message = await client.Channel.ReceiveAsync(patience) ?? throw new ConnectionLostException("The gateway closed the connection.");
            if (message is RequestMessage outcome and (Result or Error))
            {
                Assert.That(outcome.RequestId, Is.EqualTo(request.RequestId), "An outcome came twice, or of another's request.");
                return outcome;
            }
        }
    }
}
