namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>The kinds of models that single files are read of.</summary>
internal enum SingleFileFamily
{
    /// <summary>Stable Diffusion 1.x.</summary>
    StableDiffusion1,

    /// <summary>Stable Diffusion 2.x.</summary>
    StableDiffusion2,

    /// <summary>Stable Diffusion XL, SSD-1B and Vega.</summary>
    StableDiffusionXL,
}
