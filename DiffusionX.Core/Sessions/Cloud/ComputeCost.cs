using DiffusionX.Runtime;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// How long requests will take, by what those before took: the time goes with the pixels and the steps. Not for several threads.
/// </summary>
internal sealed class ComputeCost
{
    // Of all published VAEs; where one has another it is off for the drafts that go as latents, and learns the rest.
    private const int PixelsPerLatent = 8;

    private double? secondsOfAUnit;
    private double? usualUnits;

    /// <summary>A request took so long.</summary>
    public void Learn(Refine request, TimeSpan compute)
    {
        var units = Units(request);
        secondsOfAUnit = RecentMean.Of(secondsOfAUnit, compute.TotalSeconds / units);
        usualUnits = RecentMean.Of(usualUnits, units);
    }

    /// <summary>As how many usual requests a request counts: at least one, and one before anything is known.</summary>
    public int Weigh(Refine request) => usualUnits is { } usual ? (int)Math.Max(1, Math.Round(Units(request) / usual)) : 1;

    /// <summary>How long a request will take; null before anything is known.</summary>
    public TimeSpan? Of(Refine request) => secondsOfAUnit is { } seconds ? TimeSpan.FromSeconds(seconds * Units(request)) : null;

    // Where the strength is left to the cloud, what it most likely will be. Encoding and decoding count as a step.
    private static double Units(Refine request)
    {
        var side = DraftCodec.IsLatent(request.Draft.Encoding) ? PixelsPerLatent : 1;
        var pixels = (double)request.Draft.Width * side * request.Draft.Height * side;
        return pixels * (1 + (request.Steps * (request.Strength ?? CloudRefinerOptions.DefaultStrength)));
    }
}
