using DiffusionX.Imaging;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>
/// Makes of a request's start what its run begins with. The noise is drawn in diffusers' order: the posterior's of the picture to start
/// from, then the noise to start with, then the posterior's of the masked picture, each where it is wanted.
/// </summary>
/// <param name="plan">The request, checked.</param>
/// <param name="codec">The model's VAE.</param>
/// <param name="pixels">The picture to start from, [1, 3, H, W] in [-1, 1] and of the plan's size; null for none.</param>
/// <param name="noise">Draws standard normal noise, [B, 4, h, w].</param>
/// <param name="cancellationToken">Stops between two tiles of a picture.</param>
internal sealed class StartEncoder(
    GenerationPlan plan, LatentCodec codec, Tensor? pixels, Func<Tensor> noise, CancellationToken cancellationToken)
{
    private GenerationRequest Request => plan.Request;

    /// <summary>What the VAE makes of that picture, if it is known.</summary>
    public Posterior? Posterior { get; init; }

    /// <summary>What the run begins with.</summary>
    public DenoisingStart Prepare()
    {
        using var scope = NewDisposeScope();
        if (Request.ContinueFrom is { } partialRun)
        {
            return Continue(partialRun);
        }

        var clean = plan.NeedsCleanStart ? EncodeClean() : null;
        var fresh = noise().to(codec.Device);
        var noisy = plan.StartsFromNoise ? fresh * plan.Sampling.InitialNoiseSigma : plan.Sampling.AddNoise(clean!, fresh);
        return new DenoisingStart(noisy.MoveToOuterDisposeScope(), Inpaint(clean, fresh));
    }

    /// <summary>The latents of the picture or latent that the run starts from, [B, 4, h, w].</summary>
    public Tensor EncodeClean() => Request.InitLatent is { } latent
        ? latent.ToTensor().to(codec.Device).expand(Request.ImageCount, -1, -1, -1)
        : Posterior is { } known ? codec.Sample(known, noise()) : codec.Encode(pixels!, noise(), cancellationToken);

    private DenoisingStart Continue(PartialDenoising partialRun)
    {
        PassOver(partialRun);
        var noisy = partialRun.Noisy.ToTensor().to(codec.Device).repeat(Request.ImageCount, 1, 1, 1);
        return new DenoisingStart(noisy.MoveToOuterDisposeScope(), plan.IsForInpainting ? ShowRest() : Inpainting.None);
    }

    // The noise of the start, and of each step that was taken, must not come again.
    private void PassOver(PartialDenoising partialRun)
    {
        for (var draw = 0; draw <= partialRun.NextStep && plan.Sampling.AddsNoise; draw++)
        {
            noise().Dispose();
        }
    }

    private Inpainting Inpaint(Tensor? clean, Tensor fresh)
    {
        if (plan.IsForInpainting)
        {
            return ShowRest();
        }

        if (plan.LatentMask is not { } mask)
        {
            return Inpainting.None;
        }

        // diffusers draws the posterior of the masked picture here too, though nothing reads it: what a sampler draws comes after it.
        noise().Dispose();
        return Inpainting.KeepRest(mask.ToTensor().to(codec.Device), clean!, fresh);
    }

    private Inpainting ShowRest()
    {
        var mask = plan.LatentMask?.ToTensor() ?? ones([1, 1, plan.LatentHeight, plan.LatentWidth]);
        var rest = codec.Encode(Rest(), noise(), cancellationToken);
        return Inpainting.ShowRest(mask.to(codec.Device), rest);
    }

    // The picture with grey, the middle of [-1, 1], where it is redrawn. Without a mask that is everywhere.
    private Tensor Rest()
    {
        if (Request.InitMask is not { } mask)
        {
            return zeros([1, Picture.Channels, plan.Height, plan.Width]);
        }

        var picture = pixels ?? codec.Decode(Request.InitLatent!.ToTensor(), cancellationToken).mul(2).sub_(1);
        return picture * (1 - mask.Resize(plan.Width, plan.Height).ToTensor());
    }
}
