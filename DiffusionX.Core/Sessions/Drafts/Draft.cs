using DiffusionX.Imaging;
using DiffusionX.Pipeline;

namespace DiffusionX.Sessions.Drafts;

/// <summary>The preview of a round.</summary>
/// <param name="Round">The round as the session keeps it.</param>
/// <param name="Picture">Its picture.</param>
/// <param name="PromptTokensCut">How many tokens at the prompt's end the text encoder did not see, because the prompt is too long for
/// it.</param>
/// <param name="Timings">Where the time of the run went.</param>
public sealed record Draft(Round Round, Picture Picture, int PromptTokensCut, GenerationTimings Timings);
