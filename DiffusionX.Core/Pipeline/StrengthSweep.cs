using DiffusionX.Models.Common;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>
/// One start or several, redrawn at several strengths side by side. The strengths share the noise, the prompt's keys and values, and each
/// call of the UNet, which is asked at once for all runs that take the step: the strongest begins first, and all of them end together.
/// Strengths that come to the same number of steps are one run.
/// </summary>
/// <param name="parts">The model.</param>
/// <param name="request">What, and how.</param>
/// <param name="starts">Where each of its pictures begins; null where all begin with the request's own start.</param>
/// <param name="plans">The request's plan at each strength.</param>
/// <param name="cancellationToken">Stops it within a step.</param>
internal sealed class StrengthSweep(
    PipelineComponents parts, GenerationRequest request, IReadOnlyList<Latent>? starts, IReadOnlyList<GenerationPlan> plans, CancellationToken cancellationToken)
{
    private readonly DenoisingOptions options = new(plans[0].Denoising.GuidanceScale);

    private readonly GenerationPlan[] runs = [.. plans.DistinctBy(plan => plan.Sampling.Timesteps.Count)];

    /// <summary>Runs it.</summary>
    /// <returns>For each plan its pictures; plans of the same number of steps share theirs.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; seen before each step and before decoding.</exception>
    public IReadOnlyList<IReadOnlyList<GeneratedImage>> Execute()
    {
        using var scope = NewDisposeScope();
        using var cancellation = ComputeCancellation.By(cancellationToken);
        using var text = parts.ReadPrompts(plans[0], request.ImageCount * runs.Length);
        var branches = Begin();
        try
        {
            Denoise(branches, text);
            cancellationToken.ThrowIfCancellationRequested();
            var pictures = branches.ToDictionary(branch => branch.FirstStep, branch => parts.Decode(branch.Latents, request.Seed, cancellationToken));
            return [.. plans.Select(plan => pictures[FirstStep(plan)])];
        }
        finally
        {
            branches.ForEach(branch => branch.Dispose());
        }
    }

    private List<Branch> Begin()
    {
        using var noise = new SeededNoise(request.Seed, request.ImageCount, [1, plans[0].Channels, plans[0].LatentHeight, plans[0].LatentWidth]);
        var clean = starts is null
            ? new StartEncoder(plans[0], parts.Codec, PipelineComponents.ReadPicture(plans[0]), noise.Next, cancellationToken).EncodeClean()
            : cat([.. starts.Select(start => start.ToTensor())], 0).to(parts.Device);
        var fresh = noise.Next().to(parts.Device);
        return [.. runs.Select(plan => new Branch(plan, plan.Sampling.AddNoise(clean, fresh)))];
    }

    private static int FirstStep(GenerationPlan plan) => plan.Request.Steps - plan.Sampling.Timesteps.Count;

    private void Denoise(List<Branch> branches, TextContext text)
    {
        for (var step = branches.Min(branch => branch.NextStep); step < request.Steps; step = branches.Min(branch => branch.NextStep))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Advance([.. branches.Where(branch => branch.NextStep == step)], text);
        }
    }

    private void Advance(Branch[] asking, TextContext text)
    {
        using var scope = NewDisposeScope();
        var images = (long)asking.Length * request.ImageCount;
        using var context = options.GuidanceScale > 1 ? text.Middle(2 * images) : text.Last(images);
        var input = cat([.. asking.Select(branch => branch.ScaleInput())], 0);
        var query = new UNetQuery(input, asking[0].Timestep, options.GuidesAt(asking[0].Sigma) ? options.GuidanceScale : null);
        var prediction = parts.DenoisingLoop.Guidance.Predict([query], context)[0];
        foreach (var (branch, part) in asking.Zip(prediction.chunk(asking.Length, 0)))
        {
            branch.Step(part);
        }
    }

    /// <summary>The run of one strength.</summary>
    private sealed class Branch : IDisposable
    {
        private readonly GenerationPlan plan;
        private readonly Sampler sampler;
        private int step;

        public Branch(GenerationPlan plan, Tensor start)
        {
            this.plan = plan;
            sampler = plan.Sampling.Start(() => throw new InvalidOperationException("A sampler that adds noise was to be refused."));
            Latents = start.DetachFromDisposeScope();
        }

        /// <summary>The step of the whole schedule that it begins with.</summary>
        public int FirstStep => StrengthSweep.FirstStep(plan);

        /// <summary>The step of the whole schedule that it takes next.</summary>
        public int NextStep => FirstStep + step;

        public Tensor Latents { get; private set; }

        public double Timestep => plan.Sampling.Timesteps[step];

        public double Sigma => plan.Sampling.Sigmas[step];

        public Tensor ScaleInput() => sampler.ScaleModelInput(Latents, step);

        public void Step(Tensor prediction)
        {
            var following = plan.Request.SkipSteps.Next(step, plan.Sampling.Timesteps.Count, plan.Request.Steps, changePerStep: 0);
            var next = sampler.Step(prediction, Latents, step, following);
            Latents.Dispose();
            Latents = next.DetachFromDisposeScope();
            step = following;
        }

        public void Dispose()
        {
            Latents.Dispose();
            sampler.Dispose();
        }
    }
}
