using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Edge;

/// <summary>A refinement that started before anybody asked for it, while the user looks at the preview.</summary>
internal sealed class Speculation : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly ReplayProgress progress = new();
    private readonly TimeProvider time;
    private readonly long began;
    private readonly Task<RefinedImage> refining;

    /// <param name="round">The round that is refined.</param>
    /// <param name="refine">Refines it.</param>
    /// <param name="time">The session's clock.</param>
    public Speculation(Round round, Func<IProgress<RefinementProgress>, CancellationToken, Task<RefinedImage>> refine, TimeProvider time)
    {
        Round = round;
        this.time = time;
        began = time.GetTimestamp();
        refining = Task.Run(() => refine(progress, stopping.Token));
    }

    public Round Round { get; }

    /// <summary>The steps that the cloud is known to have computed.</summary>
    public int StepsSeen => progress.StepsSeen;

    /// <summary>Waits for the picture, as if it had been asked for just now.</summary>
    /// <param name="watcher">Told what happens from here on.</param>
    /// <param name="cancellationToken">Stops the refinement.</param>
    /// <returns>The picture, its report counting from this call, and how much of the refinement had been done by then.</returns>
    /// <exception cref="RefinementException">The cloud did not refine it.</exception>
    public async Task<(RefinedImage Image, TimeSpan Saved)> AcceptAsync(IProgress<RefinementProgress>? watcher, CancellationToken cancellationToken)
    {
        var accepted = time.GetTimestamp();
        progress.Watch(watcher);
        using var stop = cancellationToken.Register(stopping.Cancel);
        var image = await refining.ConfigureAwait(false);
        var waited = time.GetElapsedTime(accepted);
        var headStart = time.GetElapsedTime(began, accepted);
        var saved = image.Report.Total < headStart ? image.Report.Total : headStart;
        return (image with { Report = image.Report with { Total = waited } }, saved);
    }

    /// <summary>
    /// Stops the refinement if it still runs, which the cloud does within one step, and waits until nothing of it runs here any more.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await refining.ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or DiffusionXException)
        {
            // Whoever asked for it has been told; of what nobody asked for, nobody is told how it ended.
        }

        stopping.Dispose();
    }
}
