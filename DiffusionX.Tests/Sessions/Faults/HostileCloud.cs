using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Google.Protobuf;
using Wire = DiffusionX.Transport.Messages.Wire;

namespace DiffusionX.Tests.Sessions.Faults;

/// <summary>A cloud that means no good: it does to every connection what a test says, over and over.</summary>
internal sealed class HostileCloud : IAsyncDisposable
{
    private readonly IConnectionListener listener;
    private readonly Func<Visitor, Task> behave;
    private readonly CancellationTokenSource closing = new();
    private readonly Task serving;

    private HostileCloud(IConnectionListener listener, Func<Visitor, Task> behave)
    {
        this.listener = listener;
        this.behave = behave;
        serving = Task.Run(ServeAsync);
    }

    public string Address => listener.Address;

    public static async Task<HostileCloud> OpenAsync(ITransport link, Func<Visitor, Task> behave) => new(await link.ListenAsync(), behave);

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await listener.DisposeAsync();
        await serving.WaitAsync(Eventually.Limit);
        closing.Dispose();
    }

    private async Task ServeAsync()
    {
        var visits = new List<Task>();
        try
        {
            while (true)
            {
                visits.Add(VisitAsync(await listener.AcceptAsync(closing.Token)));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
        {
            await Task.WhenAll(visits);
        }
    }

    private async Task VisitAsync(IConnection connection)
    {
        await using (connection)
        {
            try
            {
                await behave(new Visitor(connection, closing.Token));
            }
            catch (Exception error) when (error is TransportException or OperationCanceledException or ObjectDisposedException)
            {
                // The edge has gone.
            }
        }
    }

    /// <summary>One connection from an edge.</summary>
    internal sealed class Visitor(IConnection connection, CancellationToken closing)
    {
        /// <summary>The edge's request, once it has sent it.</summary>
        public Refine? Request { get; private set; }

        /// <summary>Says Welcome as a good cloud does, and waits for the request.</summary>
        public async Task WelcomeAsync(Action<Wire.Welcome>? change = null)
        {
            var hello = (Hello)(await ReceiveAsync())!;
            var welcome = new Welcome
            {
                VaeFingerprint = hello.VaeFingerprint,
                ScheduleFingerprint = hello.ScheduleFingerprint,
                Server = "a cloud",
            };
            await SendAsync(welcome, envelope => change?.Invoke(envelope.Welcome));
            do
            {
                Request = await ReceiveAsync() as Refine;
            }
            while (Request is null);
        }

        /// <summary>Says something, changed on the wire.</summary>
        public async Task SendAsync(Message message, Action<Wire.Envelope>? change = null)
        {
            var envelope = MessageMapping.ToWire(message);
            change?.Invoke(envelope);
            await SendAsync(envelope.ToByteArray());
        }

        public ValueTask SendAsync(byte[] frame) => connection.SendAsync(frame, closing);

        /// <summary>Says nothing any more.</summary>
        public Task FallSilentAsync() => Task.Delay(Timeout.Infinite, closing);

        public void Abort() => connection.Abort();

        public async Task<Message?> ReceiveAsync() => MessageSerializer.Deserialize(
            await connection.ReceiveAsync(closing) ?? throw new ConnectionLostException("The edge has closed."), "the edge");
    }
}
