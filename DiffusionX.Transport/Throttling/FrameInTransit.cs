namespace DiffusionX.Transport.Throttling;

/// <summary>When a frame begins to leave, when its last byte has left the sender, and when that byte arrives.</summary>
internal readonly record struct FrameInTransit(TimeSpan Start, TimeSpan Left, TimeSpan Arrival);
