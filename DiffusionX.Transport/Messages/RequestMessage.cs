namespace DiffusionX.Transport.Messages;

/// <summary>A message about one request.</summary>
internal abstract record RequestMessage : Message
{
    /// <summary>The request, as the client named it. An empty one in an <see cref="Error"/> means the whole connection.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>Tells the kind alone: a request's id is a secret, and its prompts are nobody else's business.</summary>
    public sealed override string ToString() => GetType().Name;
}
