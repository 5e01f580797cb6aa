using System.Buffers.Binary;
using System.Text;

namespace DiffusionX.Transport.Messages;

/// <summary>
/// Version 1 of the protocol, as far as it is still known: how its first frame begins, and how to tell its client that it is too old.
/// Nothing of it is read.
/// </summary>
internal static class FirstProtocol
{
    // Kind 0 in version 1, and no field number of an envelope.
    private const byte HelloKind = 0;

    private const byte ErrorKind = 6;
    private const byte Fields = 5;
    private const int IdBytes = 16;
    private const int CodeBytes = 1;
    private const int FlagBytes = 1;
    private const int NullableTimeBytes = 16;

    /// <summary>What a client of version 1 is told.</summary>
    public static string Objection { get; } =
        $"The client speaks version 1 of the protocol, the server version {ProtocolVersion.Newest}. Update the client.";

    /// <summary>Whether a connection's first frame may be of a client of version 1.</summary>
    public static bool IsHello(ReadOnlySpan<byte> frame) => !frame.IsEmpty && frame[0] == HelloKind;

    /// <summary>
    /// The frame that tells it, in its own format: the fields' lengths, then id, code, text, whether to try again, and when.
    /// </summary>
    public static byte[] Refusal()
    {
        var text = Encoding.ASCII.GetBytes(Objection);
        var length = new byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, ~text.Length);
        BinaryPrimitives.WriteInt32LittleEndian(length.AsSpan(sizeof(int)), text.Length);
        return
        [
            ErrorKind, Fields, IdBytes, CodeBytes, checked((byte)(length.Length + text.Length)), FlagBytes, NullableTimeBytes,
            .. new byte[IdBytes], (byte)ErrorCode.VersionMismatch, .. length, .. text, .. new byte[FlagBytes + NullableTimeBytes],
        ];
    }
}
