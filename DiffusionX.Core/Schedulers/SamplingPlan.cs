using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>The timesteps that a run takes, with the numbers that each of them needs. Immutable: several runs may share one.</summary>
public abstract class SamplingPlan
{
    private readonly NoiseLevel first;

    private protected SamplingPlan(IReadOnlyList<double> timesteps, IReadOnlyList<double> sigmas, NoiseLevel first, double initialNoiseSigma)
    {
        Timesteps = timesteps;
        Sigmas = sigmas;
        InitialNoiseSigma = initialNoiseSigma;
        this.first = first;
    }

    /// <summary>The timesteps at which the model is asked, falling; Euler's and Karras's may lie between training timesteps.</summary>
    public IReadOnlyList<double> Timesteps { get; }

    /// <summary>The noise at each of the timesteps, σ/α: how much of it there is for one part of picture. Falling, as the timesteps are.</summary>
    public IReadOnlyList<double> Sigmas { get; }

    /// <summary>Whether a step may leave out timesteps, as a <see cref="SkipStepSchedule"/> asks for.</summary>
    public virtual bool TakesUnevenSteps => false;

    /// <summary>What standard normal noise is multiplied by to start a run from nothing else.</summary>
    public double InitialNoiseSigma { get; }

    /// <summary>A clean latent with as much noise as the first timestep has.</summary>
    /// <param name="latent">The clean latent, [B, 4, h, w].</param>
    /// <param name="noise">Standard normal noise of the same shape.</param>
    /// <returns>A new tensor of that shape.</returns>
    public Tensor AddNoise(Tensor latent, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(latent);
        ArgumentNullException.ThrowIfNull(noise);
        return first.Mix(latent, noise);
    }

    /// <summary>Begins a run.</summary>
    /// <param name="noise">Draws standard normal noise of the latents' shape on their device: for LCM, which puts some back after each step.</param>
    public abstract Sampler Start(Func<Tensor> noise);
}
