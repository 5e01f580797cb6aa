using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Edge;

/// <summary>Has the latest round refined ahead of the user's word, and keeps account of what that saved and wasted.</summary>
internal sealed class Speculator(Func<Round, IProgress<RefinementProgress>, CancellationToken, Task<RefinedImage>> refine, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock sync = new();
    private Speculation? current;
    private Task discarding = Task.CompletedTask;
    private int wastedRefinements;
    private int wastedSteps;

    /// <summary>Begins to refine a round, in place of the one before.</summary>
    public void Begin(Round round)
    {
        lock (sync)
        {
            KeepOnly(null);
            current = new Speculation(round, (progress, cancellationToken) => refine(round, progress, cancellationToken), time);
        }
    }

    /// <summary>Gives up what is being refined, unless it is this round.</summary>
    public void KeepOnly(Round? round)
    {
        lock (sync)
        {
            if (current is { } speculation && speculation.Round != round)
            {
                current = null;
                wastedRefinements++;
                wastedSteps += speculation.StepsSeen;
                discarding = Task.WhenAll(discarding, speculation.DisposeAsync().AsTask());
            }
        }
    }

    /// <summary>The picture of a round that is being refined already, or else <paramref name="refineNow"/>'s.</summary>
    public async Task<RefinedImage> AcceptAsync(
        Round round, Func<Task<RefinedImage>> refineNow, IProgress<RefinementProgress>? progress, CancellationToken cancellationToken)
    {
        KeepOnly(round);
        var (image, saved) = await TryAcceptAsync(progress, cancellationToken).ConfigureAwait(false) ?? (await refineNow().ConfigureAwait(false), TimeSpan.Zero);
        lock (sync)
        {
            var account = new SpeculationReport(saved, wastedRefinements, wastedSteps);
            (wastedRefinements, wastedSteps) = (0, 0);
            return image with { Report = image.Report with { Speculation = account } };
        }
    }

    public async ValueTask DisposeAsync()
    {
        KeepOnly(null);
        await discarding.ConfigureAwait(false);
    }

    // A refinement that went wrong before it was wanted is not held against the one that is wanted now.
    private async Task<(RefinedImage Image, TimeSpan Saved)?> TryAcceptAsync(IProgress<RefinementProgress>? progress, CancellationToken cancellationToken)
    {
        if (Take() is not { } speculation)
        {
            return null;
        }

        await using (speculation.ConfigureAwait(false))
        {
            try
            {
                return await speculation.AcceptAsync(progress, cancellationToken).ConfigureAwait(false);
            }
            catch (DiffusionXException)
            {
                return null;
            }
        }
    }

    private Speculation? Take()
    {
        lock (sync)
        {
            var taken = current;
            current = null;
            return taken;
        }
    }
}
