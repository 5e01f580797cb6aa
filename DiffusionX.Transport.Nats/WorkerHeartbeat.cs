using System.Text.Json;
using System.Text.Json.Serialization;

namespace DiffusionX.Transport.Nats;

/// <summary>What a worker says of itself, again and again.</summary>
internal sealed record WorkerHeartbeat
{
    /// <summary>The worker's name, by chance.</summary>
    public required string Worker { get; init; }

    /// <summary>The name of its model in subjects, of everything that its results depend on.</summary>
    public required string Model { get; init; }

    /// <summary>What people call the model.</summary>
    public required string ModelName { get; init; }

    /// <summary>What <c>Welcome</c> says of the model.</summary>
    public required string VaeFingerprint { get; init; }

    public required string ScheduleFingerprint { get; init; }

    public required string Solver { get; init; }

    /// <summary>What drafts have to be.</summary>
    public required int LatentChannels { get; init; }

    public required int PixelsPerLatent { get; init; }

    /// <summary>The LoRAs that it has, by the SHA-256 of their files.</summary>
    public IReadOnlyList<string> Loras { get; init; } = [];

    /// <summary>How many requests it computes at once; 0 when it takes no more because it is about to stop.</summary>
    public required int Places { get; init; }

    /// <summary>How many it computes now.</summary>
    public int Busy { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, HeartbeatJson.Default.WorkerHeartbeat);

    /// <summary>Reads what another process says; null for what can't be read.</summary>
    public static WorkerHeartbeat? Read(byte[]? bytes)
    {
        try
        {
            return bytes is null ? null : JsonSerializer.Deserialize(bytes, HeartbeatJson.Default.WorkerHeartbeat);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(WorkerHeartbeat))]
internal sealed partial class HeartbeatJson : JsonSerializerContext;
