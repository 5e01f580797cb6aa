using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>The client does not want the request's result any more.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Cancel : RequestMessage;
