using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Strength;

namespace DiffusionX.Sessions.Edge;

/// <summary>
/// Predicts how much noise a draft needs in the cloud while the user looks at it, so that accepting the draft does not wait for the
/// prediction. It has no effect on what the edge draws next. Where the user types on within <see cref="Debounce"/>, nothing is predicted.
/// </summary>
internal sealed class StrengthPrefetch : IAsyncDisposable
{
    /// <summary>For how long a draft has to be looked at before its strength is predicted.</summary>
    public static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<double> prediction;

    private StrengthPrefetch(Round round, IStrengthPredictor predictor, StrengthContext context, TimeProvider time)
    {
        Round = round;
        prediction = Task.Run(() => PredictAsync(predictor, context, time));
    }

    /// <summary>Whose draft it is.</summary>
    public Round Round { get; }

    /// <summary>Starts it; it predicts after <see cref="Debounce"/>.</summary>
    /// <param name="model">The edge's model.</param>
    /// <param name="session">How the session has its drafts refined.</param>
    /// <param name="round">Whose draft.</param>
    /// <param name="picture">The draft, or null where it would have to be decoded.</param>
    /// <returns>Null where something else has settled the strength.</returns>
    public static StrengthPrefetch? TryStart(DiffusionModel model, EdgeSessionOptions session, Round round, Picture? picture = null) =>
        session.Refinement is { Strength: null, Relay: null, DraftStrength: { } predictor }
            ? new StrengthPrefetch(round, predictor, new StrengthContext(model, session.WordsOf(round.Prompt)) { Latent = round.Latent, Picture = picture }, session.TimeProvider)
            : null;

    /// <summary>Whether its draft is still the one that is looked at.</summary>
    public bool IsWanted => !stop.IsCancellationRequested;

    /// <summary>Stops the prediction: nobody looks at the draft any more.</summary>
    public void Cancel() => stop.Cancel();

    /// <summary>Predicts now, if that is still to be done.</summary>
    public void StartNow() => asked.TrySetResult();

    /// <summary>Waits for the strength.</summary>
    /// <param name="cancellationToken">Gives up the wait.</param>
    public Task<double> StrengthAsync(CancellationToken cancellationToken)
    {
        StartNow();
        return prediction.WaitAsync(cancellationToken);
    }

    /// <summary>Stops it, and waits until the predictor is left alone: whoever owns it may dispose it then.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await ((Task)prediction).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<double> PredictAsync(IStrengthPredictor predictor, StrengthContext context, TimeProvider time)
    {
        await Task.WhenAny(Task.Delay(Debounce, time, stop.Token), asked.Task).ConfigureAwait(false);
        stop.Token.ThrowIfCancellationRequested();
        return await predictor.PredictAsync(context, stop.Token).ConfigureAwait(false);
    }
}
