namespace DiffusionX.Schedulers;

/// <summary>Where among the training timesteps a schedule of fewer steps stands (Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2023, table 2).</summary>
public enum TimestepSpacing
{
    /// <summary>At the beginning of each of N equal stretches: the noisiest timestep is never reached.</summary>
    Leading,

    /// <summary>At the end of each of N equal stretches: the cleanest timestep is never reached.</summary>
    Trailing,

    /// <summary>Evenly from the first timestep to the last.</summary>
    Linspace,
}
