using DiffusionX.Imaging;
using DiffusionX.Pipeline;

namespace DiffusionX.Hosting.Images;

/// <summary>Where a start is redrawn.</summary>
internal static class InitMasks
{
    /// <exception cref="GenerationException">Runs have no masks.</exception>
    public static GenerationRequest Apply(GenerationRequest request, Mask mask) =>
        throw new GenerationException($"A mask of {mask.Width} × {mask.Height} was given for \"{request.Prompt.Length}\" characters; masks are not there yet. Leave it out.");
}
