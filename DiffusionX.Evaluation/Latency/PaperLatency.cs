namespace DiffusionX.Evaluation.Latency;

/// <summary>
/// The latencies that the paper prints in its Table 2, and what they say of its hardware. The paper names neither rounds nor strengths:
/// three rounds and a fixed strength of 0.8 reproduce what it prints without predictor, and the strength with predictor is the one that
/// gives what it prints.
/// </summary>
internal static class PaperLatency
{
    /// <summary>Stable Diffusion v1.5 alone, in seconds.</summary>
    public const double CloudOnly = 14.15;

    /// <summary>Tiny-SD alone, in seconds.</summary>
    public const double EdgeOnly = 11.79;

    /// <summary>DiffusionX, in seconds.</summary>
    public const double WithPredictor = 11.92;

    /// <summary>DiffusionX without its predictors, in seconds.</summary>
    public const double WithoutPredictor = 13.96;

    /// <summary>The transmission within <see cref="WithPredictor"/>, in seconds.</summary>
    public const double Transmission = 0.20;

    /// <summary>Rounds of a session, as it is read here.</summary>
    public const int Rounds = 3;

    /// <summary>The strength without predictor, as it is read here.</summary>
    public const double FixedStrength = 0.8;

    private const int Steps = 50;

    /// <summary>The hardware, from the two rows that no strength is in.</summary>
    public static HardwareProfile Hardware { get; } = new()
    {
        Name = "the paper's hardware, as read from its Table 2",
        Edge = new ModelSpeed { SecondsPerStep = EdgeOnly / Rounds / Steps, Steps = Steps },
        Cloud = new ModelSpeed { SecondsPerStep = CloudOnly / Rounds / Steps, Steps = Steps },
        RefinementLinkSeconds = Transmission,
    };

    /// <summary>
    /// The one strength, of rounds and refinement alike, with which the forecast is what the paper prints with predictor.
    /// </summary>
    public static double PredictedStrength { get; } =
        (WithPredictor - Transmission - Hardware.Edge.Seconds()) / (((Rounds - 1) * Hardware.Edge.Seconds()) + Hardware.Cloud.Seconds());
}
