namespace DiffusionX.Sessions.Cloud;

/// <summary>What a request is known by. The session is part of it, so that nobody comes to another's result by a request's id alone.</summary>
internal readonly record struct RequestKey(Guid Session, Guid Request);
