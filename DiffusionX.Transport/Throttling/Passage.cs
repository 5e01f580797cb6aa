namespace DiffusionX.Transport.Throttling;

/// <summary>When a frame enters the line, when its last byte has left the sender, and when that byte arrives.</summary>
internal readonly record struct Passage(TimeSpan Start, TimeSpan Left, TimeSpan Arrival);
