using System.Collections.Concurrent;
using DiffusionX.Tests.Sessions;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Transport.Messages;

/// <summary>
/// Answers every request over a link with <see cref="Accepted"/> and a result whose picture is its draft, and keeps how its connections
/// ended.
/// </summary>
internal sealed class MessageServer : IAsyncDisposable
{
    private static readonly MessageChannelOptions Options = new()
    {
        HandshakeTimeout = TimeSpan.FromSeconds(5),
        IdleTimeout = TimeSpan.FromSeconds(20),
    };

    private readonly Link link;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;

    public MessageServer(Link link)
    {
        this.link = link;
        running = RunAsync();
    }

    public ConcurrentQueue<Exception> Failures { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running.WaitAsync(Eventually.Limit);
    }

    private async Task RunAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await link.Listener.AcceptAsync(stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(IConnection connection)
    {
        await using (connection)
        {
            try
            {
                await using var channel = await MessageChannel.AcceptAsync(connection, _ => Samples.Welcome, Options, stopping.Token);
                while (await channel.ReceiveAsync(stopping.Token) is { } message)
                {
                    await AnswerAsync(channel, message);
                }
            }
            catch (Exception error)
            {
                Failures.Enqueue(error);
            }
        }
    }

    private async Task AnswerAsync(MessageChannel channel, Message message)
    {
        if (message is Refine request)
        {
            await channel.SendAsync(new Accepted { RequestId = request.RequestId, QueuePlace = 0 }, stopping.Token);
            await channel.SendAsync(Samples.Result with { RequestId = request.RequestId, Picture = request.Draft.Bytes }, stopping.Token);
        }
    }
}
