using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>The state of one run: what it has to remember between steps. The steps are taken in order, each once.</summary>
internal abstract class Sampler : IDisposable
{
    /// <summary>In log(α/σ): a narrower step goes nowhere, and what is divided by its width makes no sense.</summary>
    private protected const double LeastWidth = 1e-9;

    private Tensor? expected;

    private protected Sampler()
    {
    }

    /// <summary>The clean latent that the last step expected, [B, 4, h, w]; the sampler's own, until the next step.</summary>
    /// <exception cref="InvalidOperationException">No step was taken yet.</exception>
    public Tensor Expected => expected ?? throw new InvalidOperationException("No step was taken yet.");

    /// <summary>
    /// What it remembers between steps, the newest first, from which another one goes on as it would; null where that is not enough, as for
    /// solvers that draw noise.
    /// </summary>
    internal virtual IReadOnlyList<(Tensor Output, double Lambda)>? Memory => null;

    /// <summary>Goes on from what another one remembered, before its own first step.</summary>
    /// <param name="memory">From now on the sampler's.</param>
    internal virtual void Recall(IReadOnlyList<(Tensor Output, double Lambda)> memory) => memory.ToList().ForEach(each => each.Output.Dispose());

    /// <summary>What the model is given for a latent: for most solvers the latent itself.</summary>
    /// <param name="latent">[B, 4, h, w]; it stays the caller's.</param>
    /// <param name="step">The step, from 0.</param>
    /// <returns>A tensor of the caller's.</returns>
    public virtual Tensor ScaleModelInput(Tensor latent, int step)
    {
        ArgumentNullException.ThrowIfNull(latent);
        return latent.alias();
    }

    /// <summary>Takes one step.</summary>
    /// <param name="modelOutput">What the model predicts at the step's timestep, [B, 4, h, w]; it stays the caller's.</param>
    /// <param name="latent">The latent there; it stays the caller's.</param>
    /// <param name="step">The step, from 0.</param>
    /// <returns>The latent at the next timestep, a tensor of the caller's.</returns>
    public Tensor Step(Tensor modelOutput, Tensor latent, int step) => Step(modelOutput, latent, step, step + 1);

    /// <summary>Takes one step that may leave out timesteps, where the plan says that it takes such steps.</summary>
    /// <param name="modelOutput">What the model predicts at the step's timestep, [B, 4, h, w]; it stays the caller's.</param>
    /// <param name="latent">The latent there; it stays the caller's.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="next">The step that follows; the number of timesteps for the end.</param>
    /// <returns>The latent at the next step's timestep, a tensor of the caller's.</returns>
    internal Tensor Step(Tensor modelOutput, Tensor latent, int step, int next)
    {
        ArgumentNullException.ThrowIfNull(modelOutput);
        ArgumentNullException.ThrowIfNull(latent);
        using var scope = NewDisposeScope();
        var (clean, following) = Advance(modelOutput, latent, step, next);
        Remember(ref expected, clean);
        return following.MoveToOuterDisposeScope();
    }

    /// <summary>Frees what the run remembered.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the run remembered.</summary>
    protected virtual void Dispose(bool disposing) => expected?.Dispose();

    /// <summary>Keeps a tensor beyond the step, in the place of the one before.</summary>
    private protected static void Remember(ref Tensor? place, Tensor tensor)
    {
        place?.Dispose();
        place = tensor.DetachFromDisposeScope();
    }

    /// <summary>Cuts a tensor, in its place, to a range ±, if there is one.</summary>
    private protected static Tensor Clip(Tensor tensor, double? range) => range is { } most ? tensor.clamp_(-most, most) : tensor;

    /// <returns>The clean latent that this step expects, and the next one; two tensors, though they may share memory.</returns>
    private protected abstract (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next);
}
