using System.Text.Json;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Transport;

namespace DiffusionX.Evaluation.Latency;

/// <summary>
/// A model that draws for the other end of a link: up goes a prompt and a seed, down comes a PNG and what it took. DiffusionX itself has no
/// such service; its sessions are measured against one.
/// </summary>
internal sealed class RemoteBaseline : IAsyncDisposable
{
    private readonly DrawingSettings drawing;
    private readonly IConnectionListener listener;
    private readonly CancellationTokenSource closing = new();
    private readonly Task serving;

    private RemoteBaseline(DrawingSettings drawing, IConnectionListener listener)
    {
        this.drawing = drawing;
        this.listener = listener;
        serving = Task.Run(ServeAsync);
    }

    public static async Task<RemoteBaseline> StartAsync(DrawingSettings drawing, ITransport link, CancellationToken cancellationToken) =>
        new(drawing, await link.ListenAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Has a picture drawn at the other end.</summary>
    public static async Task<Drawn> DrawAsync(IConnection connection, Order order, CancellationToken cancellationToken)
    {
        await connection.SendAsync(JsonSerializer.SerializeToUtf8Bytes(order), cancellationToken).ConfigureAwait(false);
        var answer = await ReceiveAsync(connection, cancellationToken).ConfigureAwait(false);
        var picture = await ReceiveAsync(connection, cancellationToken).ConfigureAwait(false);
        var (seconds, steps) = JsonSerializer.Deserialize<Answer>(answer)!;
        return new Drawn(Picture.Decode(picture), seconds, steps);
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        await listener.DisposeAsync().ConfigureAwait(false);
        await serving.ConfigureAwait(false);
        closing.Dispose();
    }

    private static async Task<byte[]> ReceiveAsync(IConnection connection, CancellationToken cancellationToken) =>
        await connection.ReceiveAsync(cancellationToken).ConfigureAwait(false) ?? throw new EvaluationException("The cloud closed the connection in the middle of a drawing.");

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(closing.Token).ConfigureAwait(false);
                await using var accepted = connection.ConfigureAwait(false);
                await AnswerAsync(connection).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Its end was asked for.
        }
    }

    // A client that is gone, and a drawing that fails, end the connection; the client sees that.
    private async Task AnswerAsync(IConnection connection)
    {
        try
        {
            while (await connection.ReceiveAsync(closing.Token).ConfigureAwait(false) is { } frame)
            {
                var order = JsonSerializer.Deserialize<Order>(frame)!;
                var result = await drawing.Model.GenerateAsync(drawing.Request(order.Prompt, order.Seed), cancellationToken: closing.Token).ConfigureAwait(false);
                await SendAsync(connection, result).ConfigureAwait(false);
            }
        }
        catch (DiffusionXException)
        {
            connection.Abort();
        }
    }

    private async Task SendAsync(IConnection connection, GenerationResult result)
    {
        var answer = new Answer(result.Timings.Total.TotalSeconds, result.StepsRun);
        await connection.SendAsync(JsonSerializer.SerializeToUtf8Bytes(answer), closing.Token).ConfigureAwait(false);
        await connection.SendAsync(result.Images[0].Picture.Encode(PictureFormat.Png), closing.Token).ConfigureAwait(false);
    }

    /// <summary>What is to be drawn.</summary>
    internal sealed record Order(string Prompt, long Seed);

    /// <summary>What was drawn, and what it took there.</summary>
    internal sealed record Drawn(Picture Picture, double Seconds, int Steps);

    private sealed record Answer(double Seconds, int Steps);
}
