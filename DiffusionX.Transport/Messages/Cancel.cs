namespace DiffusionX.Transport.Messages;

/// <summary>The client does not want the request's result any more.</summary>
internal sealed record Cancel : RequestMessage;
