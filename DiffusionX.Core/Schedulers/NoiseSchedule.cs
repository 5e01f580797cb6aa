namespace DiffusionX.Schedulers;

/// <summary>
/// The noise of the training timesteps: ᾱ, the share of the clean latent's variance that is left at each (Ho et al., 2020).
/// </summary>
internal sealed class NoiseSchedule
{
    /// <summary>The most training timesteps. Published models have 1000.</summary>
    public const int MaxCount = 100_000;

    // The cap of the cosine schedule's β.
    private const double MaxBeta = 0.999;

    // float32 can't compute with a smaller share of the picture: it divides by its root.
    private const double LeastAlphaCumprod = 1e-30;

    // diffusers' stand-in for a terminal ᾱ of 0 where something is divided by it: float16's smallest number.
    private const double AlmostZero = 1.0 / (1 << 24);

    private readonly double[] alphasCumprod;
    private readonly double[] logRatios;
    private readonly bool endsInPureNoise;

    /// <exception cref="SchedulerException">The settings make no schedule of noise.</exception>
    public NoiseSchedule(SchedulerConfig config)
    {
        alphasCumprod = AlphasCumprod(Betas(config));
        if (config.ZeroTerminalSnr && Count > 1)
        {
            RescaleToZeroTerminalSnr(alphasCumprod);
            // Of a latent that is nothing but noise, the noise tells nothing: a model that predicts it needs a trace of the picture.
            endsInPureNoise = config.PredictionType != PredictionType.Epsilon;
        }

        logRatios = [.. Enumerable.Range(0, Count).Select(timestep => Math.Log(RatioAt(timestep)))];
    }

    /// <summary>How many training timesteps there are.</summary>
    public int Count => alphasCumprod.Length;

    /// <summary>ᾱ at a timestep; never 0.</summary>
    public double AlphaCumprod(int timestep) => alphasCumprod[timestep];

    /// <summary>The noise level at a timestep. With zero terminal SNR the last one has no picture in it.</summary>
    public NoiseLevel Level(int timestep) =>
        endsInPureNoise && timestep == Count - 1 ? new NoiseLevel(0, 1) : NoiseLevel.OfAlphaCumprod(alphasCumprod[timestep]);

    /// <summary>σ/α at a timestep, linear in between; never infinite.</summary>
    public double Ratio(double timestep)
    {
        var below = Math.Clamp((int)timestep, 0, Count - 1);
        var above = Math.Min(below + 1, Count - 1);
        return RatioAt(below) + ((RatioAt(above) - RatioAt(below)) * (timestep - below));
    }

    /// <summary>The timestep whose σ/α is given, linear in log(σ/α) in between.</summary>
    public double TimestepOf(double ratio)
    {
        if (Count == 1)
        {
            return 0;
        }

        var wanted = Math.Log(ratio);
        var found = Array.BinarySearch(logRatios, wanted);
        var below = Math.Clamp(found >= 0 ? found : ~found - 1, 0, Count - 2);
        var (low, high) = (logRatios[below], logRatios[below + 1]);
        return below + Math.Clamp((low - wanted) / (low - high), 0, 1);
    }

    /// <summary>How many timesteps have a log(α/σ) of at least a bound: the first so many, for log(α/σ) falls.</summary>
    public int CountAbove(double lambda) => logRatios.Count(logRatio => -logRatio >= lambda);

    private static double[] Betas(SchedulerConfig config)
    {
        if (config.TrainTimesteps is < 1 or > MaxCount)
        {
            throw new SchedulerException(
                $"A model with {config.TrainTimesteps} training timesteps was asked for; there can be 1 to {MaxCount}.");
        }

        if (config.TrainedBetas is { } betas)
        {
            return betas.Count == config.TrainTimesteps
                ? [.. betas]
                : throw new SchedulerException(
                    $"There are {betas.Count} trained betas for {config.TrainTimesteps} training timesteps; there has to be one for each.");
        }

        return [.. Enumerable.Range(0, config.TrainTimesteps).Select(timestep => Beta(config, timestep))];
    }

    private static double Beta(SchedulerConfig config, int timestep)
    {
        var place = config.TrainTimesteps == 1 ? 0 : timestep / (config.TrainTimesteps - 1.0);
        return config.BetaSchedule switch
        {
            BetaSchedule.Linear => Between(config.BetaStart, config.BetaEnd, place),
            BetaSchedule.ScaledLinear => Math.Pow(Between(Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd), place), 2),
            _ => Math.Min(MaxBeta, 1 - (CosineAlphaBar(timestep + 1, config.TrainTimesteps) / CosineAlphaBar(timestep, config.TrainTimesteps))),
        };
    }

    private static double Between(double start, double end, double place) => start + ((end - start) * place);

    private static double CosineAlphaBar(double timestep, double of) =>
        Math.Pow(Math.Cos(((timestep / of) + 0.008) / 1.008 * Math.PI / 2), 2);

    private static double[] AlphasCumprod(double[] betas)
    {
        var product = 1.0;
        for (var timestep = 0; timestep < betas.Length; timestep++)
        {
            var beta = betas[timestep];
            product *= 1 - beta;
            if (!(beta > 0 && beta < 1) || product < LeastAlphaCumprod)
            {
                throw new SchedulerException(
                    $"The training noise makes no sense: at timestep {timestep} β is {beta:G4}, and {product:G4} of the picture would be left."
                    + $" Each β has to be above 0 and below 1, and together they have to leave at least {LeastAlphaCumprod}.");
            }

            betas[timestep] = product;
        }

        return betas;
    }

    // Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2023, algorithm 1
    private static void RescaleToZeroTerminalSnr(double[] alphasCumprod)
    {
        var (first, last) = (Math.Sqrt(alphasCumprod[0]), Math.Sqrt(alphasCumprod[^1]));
        for (var timestep = 0; timestep < alphasCumprod.Length; timestep++)
        {
            alphasCumprod[timestep] = Math.Pow((Math.Sqrt(alphasCumprod[timestep]) - last) * first / (first - last), 2);
        }

        // A schedule of very many timesteps comes that near by itself, and noise has to grow to the end.
        alphasCumprod[^1] = Math.Min(AlmostZero, alphasCumprod[^2] / 2);
    }

    private double RatioAt(int timestep) => Math.Sqrt((1 - alphasCumprod[timestep]) / alphasCumprod[timestep]);
}
