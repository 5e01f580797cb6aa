namespace DiffusionX.Sessions.Edge;

/// <summary>What refining ahead of the user's word was good for.</summary>
/// <param name="Saved">How much of the refinement was done before it was asked for; zero where it began with the user's word.</param>
/// <param name="WastedRefinements">Refinements that the session began ahead and threw away, since its last picture.</param>
/// <param name="WastedSteps">The steps that the cloud is known to have computed for them.</param>
public sealed record SpeculationReport(TimeSpan Saved, int WastedRefinements, int WastedSteps);
