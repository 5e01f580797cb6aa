using DiffusionX.Pipeline.Latents;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions;

/// <summary>A client without a session: it says what the test wants said.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private RawClient(MessageChannel channel) => Channel = channel;

    public MessageChannel Channel { get; }

    public static async Task<RawClient> ConnectAsync(ITransport link, Guid? session = null, string? token = null, string? vae = null)
    {
        var fingerprints = await SessionModels.Cloud.FingerprintAsync();
        var hello = new Hello
        {
            SessionId = session ?? Guid.NewGuid(),
            Token = token,
            VaeFingerprint = vae ?? fingerprints.Vae,
            ScheduleFingerprint = fingerprints.NoiseSchedule,
        };
        var (channel, _) = await MessageChannel.ConnectAsync(await link.ConnectAsync(), hello);
        return new RawClient(channel);
    }

    /// <summary>A request that a mini model's cloud fulfils.</summary>
    public static Refine Request(string prompt = "a boat") => new()
    {
        RequestId = Guid.NewGuid(),
        Prompt = prompt,
        Steps = 4,
        Draft = DraftCodec.Encode(new Latent(new float[4 * 8 * 8], 4, 8, 8), DraftEncoding.Float16Latent),
    };

    public ValueTask SendAsync(Message message) => Channel.SendAsync(message);

    /// <summary>The next message; null where the cloud has closed the connection.</summary>
    public Task<Message?> ReceiveAsync() => Channel.ReceiveAsync().AsTask().WaitAsync(Patience);

    /// <summary>The result or the error of the next request that ends.</summary>
    public async Task<RequestMessage> OutcomeAsync()
    {
        while (true)
        {
            var message = await ReceiveAsync()
                ?? throw new ConnectionLostException("The cloud closed the connection before it answered.");
            if (message is Result or Error)
            {
                return (RequestMessage)message;
            }
        }
    }

    public async Task<RequestMessage> AskAsync(Refine request)
    {
        await SendAsync(request);
        return await OutcomeAsync();
    }

    public ValueTask DisposeAsync() => Channel.DisposeAsync();
}
