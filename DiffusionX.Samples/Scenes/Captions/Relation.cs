namespace DiffusionX.Scenes.Captions;

/// <summary>Where one thing is, seen from another.</summary>
internal enum Relation
{
    LeftOf,
    RightOf,
    Above,
    Below,
}
