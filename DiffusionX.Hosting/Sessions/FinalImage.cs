using DiffusionX.Sessions.Edge;

namespace DiffusionX.Hosting.Sessions;

/// <summary>A refined draft that a session keeps.</summary>
/// <param name="Number">Its place among the session's final pictures, from 1.</param>
/// <param name="Round">The round whose draft was refined.</param>
/// <param name="Report">What it took.</param>
public sealed record FinalImage(int Number, int Round, RefinementReport Report);
