using System.IO.Pipelines;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Fuzz.Targets;

/// <summary>The bytes of a connection: frames, and the message in each.</summary>
internal static class FrameTarget
{
    private const int MaxFrameBytes = 1 << 20;

    public static void Read(byte[] input)
    {
        using var frames = new FrameReader(PipeReader.Create(new MemoryStream(input)), "a stranger") { MaxFrameBytes = MaxFrameBytes };
        while (Next(frames) is { } frame)
        {
            // What was read has to be what may be sent, and comes to the same once more.
            if (MessageSerializer.Deserialize(frame, "a stranger") is { } message)
            {
                MessageSerializer.Deserialize(MessageSerializer.Serialize(message), "a friend");
            }
        }
    }

    private static byte[]? Next(FrameReader frames)
    {
        var next = frames.ReadAsync(CancellationToken.None);
        return next.IsCompleted ? next.GetAwaiter().GetResult() : next.AsTask().GetAwaiter().GetResult();
    }
}
