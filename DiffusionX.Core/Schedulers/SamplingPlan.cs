using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>The timesteps that a run takes, with the numbers that each of them needs. Immutable: several runs may share one.</summary>
internal sealed class SamplingPlan
{
    private readonly NoiseLevel first;
    private readonly Func<Func<Tensor>, Sampler> start;

    /// <param name="timesteps">For <see cref="Timesteps"/>.</param>
    /// <param name="sigmas">For <see cref="Sigmas"/>.</param>
    /// <param name="first">What a clean latent becomes at the first timestep.</param>
    /// <param name="start">Begins a run with a source of fresh noise.</param>
    internal SamplingPlan(
        IReadOnlyList<double> timesteps, IReadOnlyList<double> sigmas, NoiseLevel first, Func<Func<Tensor>, Sampler> start)
    {
        Timesteps = timesteps;
        Sigmas = sigmas;
        this.first = first;
        this.start = start;
    }

    /// <summary>
    /// The timesteps at which the model is asked, falling; Euler's, Heun's and those of Karras's noise levels may lie between training
    /// timesteps. PNDM's second one, and all but the first of Heun's, come twice.
    /// </summary>
    public IReadOnlyList<double> Timesteps { get; }

    /// <summary>
    /// The noise at each of the timesteps, σ/α: how much of it there is for one part of picture. Falling, as the timesteps are.
    /// </summary>
    public IReadOnlyList<double> Sigmas { get; }

    /// <summary>
    /// Whether a step may leave out timesteps, as skip-step schedules ask for, and a run be stopped at a timestep and gone on with from its
    /// latent alone. If so, a strength's timesteps are the last ones of the whole schedule.
    /// </summary>
    public bool TakesUnevenSteps { get; internal init; }

    /// <summary>Whether steps add fresh noise: another run of the same latent gives the same picture only with the same noise.</summary>
    public bool AddsNoise { get; internal init; }

    /// <summary>What standard normal noise is multiplied by to start a run from nothing else.</summary>
    public double InitialNoiseSigma { get; internal init; } = 1;

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
    /// <param name="noise">
    /// Draws standard normal noise of the latents' shape on their device, for solvers that add some in their steps
    /// (<see cref="AddsNoise"/>).
    /// </param>
    public Sampler Start(Func<Tensor> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        return start(noise);
    }
}
