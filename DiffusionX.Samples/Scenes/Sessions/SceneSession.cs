using System.Collections.Immutable;
using DiffusionX.Scenes.Streams;

namespace DiffusionX.Scenes.Sessions;

/// <summary>Somebody's rounds: a prompt, and how it was refined until they were content, each with the picture they had in mind.</summary>
/// <param name="Rounds">The rounds, two or more.</param>
/// <param name="Edits">What changed from each round to the next: one less than there are rounds.</param>
internal sealed record SceneSession(ImmutableArray<ScenePicture> Rounds, ImmutableArray<EditKind> Edits);
