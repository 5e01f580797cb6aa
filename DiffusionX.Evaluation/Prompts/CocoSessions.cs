namespace DiffusionX.Evaluation.Prompts;

/// <summary>
/// Draws sessions from COCO's captions, as the paper's COCO2017-Interactive-Prompts-400: the last round of each says what is on one image.
/// </summary>
internal static class CocoSessions
{
    /// <summary>Draws sessions, each to a caption of another image.</summary>
    /// <param name="captions">All captions, in any order: which ones are drawn does not depend on it.</param>
    /// <param name="sessions">How many sessions.</param>
    /// <param name="rounds">How many rounds each, two or more.</param>
    /// <param name="seed">Decides which captions, and the ways to them.</param>
    /// <exception cref="PromptSetException">The captions give fewer sessions.</exception>
    public static IReadOnlyList<PromptSession> Draw(IEnumerable<CocoCaption> captions, int sessions, int rounds = 3, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sessions);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 2);
        var firstOfImage = new Dictionary<long, (int Ticket, PromptSession Session)>();
        foreach (var caption in captions)
        {
            var ticket = Ticket(caption.Id, seed);
            if ((!firstOfImage.TryGetValue(caption.ImageId, out var first) || ticket < first.Ticket) && Grow(caption, rounds, seed) is { } session)
            {
                firstOfImage[caption.ImageId] = (ticket, session);
            }
        }

        return firstOfImage.Count >= sessions
            ? [.. firstOfImage.OrderBy(image => (image.Value.Ticket, image.Key)).Take(sessions).Select(image => image.Value.Session)]
            : throw new PromptSetException(
                $"The captions give {firstOfImage.Count} sessions of {rounds} rounds, one for each image, and {sessions} were asked for. Ask for fewer sessions or rounds, or take a larger file.");
    }

    // Not by the ticket: those that are drawn have low ones, and would all grow alike.
    private static PromptSession? Grow(CocoCaption caption, int rounds, int seed) =>
        CaptionGrowth.Of(caption.Text, rounds, new Random(Ticket(caption.Id, ~seed))) is { } grown ? new PromptSession($"coco-{caption.ImageId}-{caption.Id}", grown) : null;

    // SplitMix64 (Steele, Lea and Flood, 2014): neighbouring captions get numbers that have nothing to do with each other.
    private static int Ticket(long id, int seed)
    {
        var bits = unchecked((ulong)id + ((ulong)seed * 0x9E3779B97F4A7C15));
        bits = unchecked((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9);
        bits = unchecked((bits ^ (bits >> 27)) * 0x94D049BB133111EB);
        return (int)((bits ^ (bits >> 31)) & int.MaxValue);
    }
}
