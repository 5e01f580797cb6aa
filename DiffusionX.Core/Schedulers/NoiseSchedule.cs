namespace DiffusionX.Schedulers;

/// <summary>The noise of the training timesteps: ᾱ, the share of the clean latent's variance that is left at each (Ho et al., 2020).</summary>
internal sealed class NoiseSchedule
{
    private const double MaxBeta = 0.999;

    private readonly double[] alphasCumprod;

    public NoiseSchedule(SchedulerConfig config)
    {
        alphasCumprod = new double[config.TrainTimesteps];
        var product = 1.0;
        for (var t = 0; t < alphasCumprod.Length; t++)
        {
            product *= 1 - Beta(config, t);
            alphasCumprod[t] = product;
        }
    }

    /// <summary>How many training timesteps there are.</summary>
    public int Count => alphasCumprod.Length;

    /// <summary>ᾱ at a timestep.</summary>
    public double AlphaCumprod(int timestep) => alphasCumprod[timestep];

    /// <summary>The noise level at a timestep.</summary>
    public NoiseLevel Level(int timestep) => NoiseLevel.OfAlphaCumprod(alphasCumprod[timestep]);

    /// <summary>σ/α at a timestep, linear in between.</summary>
    public double Ratio(double timestep)
    {
        var below = Math.Clamp((int)timestep, 0, Count - 1);
        var above = Math.Min(below + 1, Count - 1);
        return RatioAt(below) + ((RatioAt(above) - RatioAt(below)) * (timestep - below));
    }

    /// <summary>The timestep whose σ/α is given, linear in log(σ/α) in between.</summary>
    public double TimestepOf(double ratio)
    {
        var wanted = Math.Log(Math.Max(ratio, 1e-10));
        var below = 0;
        while (below < Count - 2 && Math.Log(RatioAt(below + 1)) <= wanted)
        {
            below++;
        }

        var (low, high) = (Math.Log(RatioAt(below)), Math.Log(RatioAt(below + 1)));
        return below + Math.Clamp((low - wanted) / (low - high), 0, 1);
    }

    private static double Beta(SchedulerConfig config, int timestep)
    {
        var place = config.TrainTimesteps == 1 ? 0 : timestep / (config.TrainTimesteps - 1.0);
        return config.BetaSchedule switch
        {
            BetaSchedule.Linear => Between(config.BetaStart, config.BetaEnd, place),
            BetaSchedule.ScaledLinear => Math.Pow(Between(Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd), place), 2),
            _ => Math.Min(1 - (CosineAlphaBar((timestep + 1.0) / config.TrainTimesteps) / CosineAlphaBar(timestep / (double)config.TrainTimesteps)), MaxBeta),
        };
    }

    private static double Between(double start, double end, double place) => start + ((end - start) * place);

    private static double CosineAlphaBar(double time) => Math.Pow(Math.Cos((time + 0.008) / 1.008 * Math.PI / 2), 2);

    private double RatioAt(int timestep) => Math.Sqrt((1 - alphasCumprod[timestep]) / alphasCumprod[timestep]);
}
