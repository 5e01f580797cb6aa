using System.Net;
using System.Net.Sockets;

namespace DiffusionX.Tests.Cli.Pull;

/// <summary>A server on the loopback that answers one connection after another, until it is disposed.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<NetworkStream, HubRequest, Task> answerAsync;
    private readonly Task serving;

    /// <param name="answerAsync">Answers a request.</param>
    public LoopbackServer(Func<NetworkStream, HubRequest, Task> answerAsync)
    {
        this.answerAsync = answerAsync;
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string Endpoint => $"http://127.0.0.1:{Port}";

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener was stopped.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        try
        {
            await answerAsync(stream, await HubRequest.ReadAsync(stream));
        }
        catch (IOException)
        {
            // The client went.
        }
    }
}
