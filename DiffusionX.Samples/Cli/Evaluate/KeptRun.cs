using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Scenes.Evaluation;

namespace DiffusionX.Cli.Evaluate;

/// <summary>Measures what last pictures keep of the drafts before them, and rounds of the rounds before them.</summary>
/// <param name="gallery">What sessions drew.</param>
/// <param name="sessions">The sessions.</param>
/// <param name="kept">Who says what was kept.</param>
/// <param name="judge">Who says which drafts were right; null for nobody.</param>
internal sealed class KeptRun(SessionGallery gallery, IReadOnlyList<PromptSession> sessions, IReadOnlyList<IKeptScorer> kept, JudgedFidelity? judge)
{
    private const int AtOnce = 64;

    private static readonly string[] MovingEdits = ["moved", "resized"];

    /// <summary>What one system kept.</summary>
    /// <param name="system">Whose last pictures, and whose rounds.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    /// <remarks>
    /// A system that refines nothing is compared with the drafts of <see cref="SessionSystems.WithPredictor"/>, which it never saw: the
    /// floor.
    /// </remarks>
    public KeptMetrics Measure(string system, CancellationToken cancellationToken)
    {
        var drafter = SessionGallery.Refines(system) ? system : SessionSystems.WithPredictor;
        KeptPair[] finals = [.. sessions.Select((session, number) => Final(drafter, system, session, number))];
        KeptPair[] rounds = [.. sessions.SelectMany((session, number) => Rounds(system, session, number))];
        var shown = judge is null ? null : Judge([.. finals.Select(pair => pair.Earlier)], [.. finals.Select(pair => pair.EarlierPrompt)], cancellationToken);
        return new KeptMetrics
        {
            System = system,
            Finals = Scores(finals, cancellationToken),
            Rounds = Scores(rounds, cancellationToken),
            DraftWasRight = shown?.Select(share => share >= 1).ToArray(),
            PreviewFidelities = judge is null ? null : Previews(system, cancellationToken),
        };
    }

    private KeptPair Final(string drafter, string system, PromptSession session, int number)
    {
        var prompt = session.Rounds[^1].Prompt;
        return new KeptPair(gallery.Round(drafter, number, session.Rounds.Length - 1), prompt, gallery.Final(system, number), prompt);
    }

    private IEnumerable<KeptPair> Rounds(string system, PromptSession session, int number) => Enumerable.Range(1, session.Rounds.Length - 1).Select(round =>
        new KeptPair(gallery.Round(system, number, round - 1), session.Rounds[round - 1].Prompt, gallery.Round(system, number, round), session.Rounds[round].Prompt)
        {
            MayMove = MovingEdits.Contains(session.Rounds[round].Edit),
        });

    private Dictionary<string, float[]> Scores(KeptPair[] pairs, CancellationToken cancellationToken) => kept.ToDictionary(
        scorer => scorer.Name,
        scorer => pairs.Chunk(AtOnce).SelectMany(batch =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scores = scorer.Score(batch);
            return scores.data<float>().ToArray();
        }).ToArray());

    private float[] Previews(string system, CancellationToken cancellationToken)
    {
        var previews = sessions.SelectMany((session, number) => session.Rounds.Select((round, i) => (Picture: gallery.Round(system, number, i), round.Prompt))).ToArray();
        return Judge([.. previews.Select(preview => preview.Picture)], [.. previews.Select(preview => preview.Prompt)], cancellationToken);
    }

    private float[] Judge(Picture[] pictures, string[] prompts, CancellationToken cancellationToken) => [.. pictures.Zip(prompts).Chunk(AtOnce).SelectMany(batch =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var scores = judge!.Score([.. batch.Select(pair => pair.First)], [.. batch.Select(pair => pair.Second)]);
        return scores.data<float>().ToArray();
    })];
}
