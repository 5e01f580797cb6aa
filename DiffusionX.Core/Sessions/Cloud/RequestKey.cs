namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// What a request is known by. The session is part of it, so that nobody comes to another's result by a request's id alone.
/// </summary>
internal readonly record struct RequestKey(Guid Session, Guid Request)
{
    /// <summary>What logs and traces call the request.</summary>
    public string Name => SecretId.NameOf(Request);

    /// <summary>The name alone: both ids are secrets.</summary>
    public override string ToString() => Name;
}
