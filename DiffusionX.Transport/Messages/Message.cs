namespace DiffusionX.Transport.Messages;

/// <summary>What edge and cloud say to each other. The kinds and their fields on the wire are those of <c>envelope.proto</c>.</summary>
internal abstract record Message;
