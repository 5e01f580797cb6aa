using System.Buffers.Binary;
using System.Text;

namespace DiffusionX.Tests.Checkpoints;

/// <summary>Safetensors files byte by byte, the damaged ones included.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Of(string header, int dataLength = 0) => Of(Encoding.UTF8.GetBytes(header), dataLength);

    public static byte[] Of(byte[] header, int dataLength = 0)
    {
        var file = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        return file;
    }
}
