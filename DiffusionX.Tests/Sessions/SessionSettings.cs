using DiffusionX.Sessions.Edge;

namespace DiffusionX.Tests.Sessions;

/// <summary>Settings under which a mini model's session takes milliseconds, and gives up a dead cloud soon.</summary>
internal static class SessionSettings
{
    public static EdgeSessionOptions Quick { get; } = new()
    {
        Seed = 7,
        Steps = 4,
        Refinement = new RefinementOptions
        {
            Steps = 8,
            FallBackToEdge = false,
            IdleTimeout = TimeSpan.FromSeconds(10),
            FirstPause = TimeSpan.FromMilliseconds(10),
            LongestPause = TimeSpan.FromMilliseconds(100),
        },
    };

    public static EdgeSessionOptions With(Func<RefinementOptions, RefinementOptions> change) => Quick with { Refinement = change(Quick.Refinement) };
}
