namespace DiffusionX.Evaluation.Latency;

/// <summary>What tells how much energy a machine has taken.</summary>
internal interface IEnergyMeter
{
    /// <summary>Joules since some moment in the past; null where the machine does not tell.</summary>
    double? ReadJoules();
}
