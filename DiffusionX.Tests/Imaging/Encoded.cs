using System.Buffers.Binary;
using System.IO.Compression;
using DiffusionX.Imaging;
using SkiaSharp;

namespace DiffusionX.Tests.Imaging;

/// <summary>Files of kinds that DiffusionX reads and does not write.</summary>
internal static class Encoded
{
    /// <summary>A BMP file of 24 bits a pixel: column x is (10x, 20x, 30x) modulo 256, row 0 is black.</summary>
    /// <param name="width">In pixels, a multiple of 4.</param>
    /// <param name="height">In pixels; negative for rows from the top.</param>
    public static byte[] Bmp(int width, int height)
    {
        const int headers = 54;
        var rows = Math.Abs(height);
        var stride = ((width * 3) + 3) / 4 * 4;
        var file = new byte[headers + (stride * rows)];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), headers);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        for (var y = 1; y < rows; y++)
        {
            var row = file.AsSpan(headers + ((height < 0 ? y : rows - 1 - y) * stride));
            for (var x = 0; x < width; x++)
            {
                (row[3 * x], row[(3 * x) + 1], row[(3 * x) + 2]) = ((byte)(30 * x), (byte)(20 * x), (byte)(10 * x));
            }
        }

        return file;
    }

    /// <summary>A GIF file whose first frame is red; a second one, of one pixel, follows.</summary>
    public static byte[] Gif(int width, int height) =>
    [
        .. "GIF89a"u8, .. Short(width), .. Short(height), 0x80, 0, 0,
        255, 0, 0, 0, 0, 255,
        .. Frame(width, height, Uncompressed(width * height, 0)),
        .. Frame(1, 1, Uncompressed(1, 1)),
        0x3B,
    ];

    /// <summary>A lossless WebP file.</summary>
    public static byte[] WebPLossless(int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var pixmap = bitmap.PeekPixels();
        using var encoded = pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50));
        return encoded!.ToArray();
    }

    /// <summary>A PNG file of pixels with opacity: red, green, blue, alpha.</summary>
    public static byte[] Transparent(int width, int height, params byte[] rgba)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        rgba.CopyTo(bitmap.GetPixelSpan());
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return encoded!.ToArray();
    }

    /// <summary>A PNG file of one pixel; colour 1 of its palette, where it has one, is (9, 8, 7).</summary>
    public static byte[] PngOfOnePixel(byte colourType, byte bitDepth, byte[] pixel)
    {
        using var png = new MemoryStream();
        png.Write(PngChunk.Signature);
        PngChunk.Write(png, "IHDR"u8, [0, 0, 0, 1, 0, 0, 0, 1, bitDepth, colourType, 0, 0, 0]);
        if (colourType == 3)
        {
            PngChunk.Write(png, "PLTE"u8, [0, 0, 0, 9, 8, 7]);
        }

        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest))
        {
            zlib.Write([0, .. pixel]);
        }

        PngChunk.Write(png, "IDAT"u8, compressed.ToArray());
        PngChunk.Write(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <summary>A PNG file with further chunks after its header.</summary>
    public static byte[] With(byte[] png, string type, byte[] data, int times = 1)
    {
        const int headerEnd = 33;
        using var target = new MemoryStream();
        target.Write(png.AsSpan(0, headerEnd));
        for (var i = 0; i < times; i++)
        {
            PngChunk.Write(target, System.Text.Encoding.ASCII.GetBytes(type), data);
        }

        target.Write(png.AsSpan(headerEnd));
        return target.ToArray();
    }

    /// <summary>A TIFF structure with one directory of one entry: tag 0x0112 "Orientation", type SHORT, count 1.</summary>
    public static byte[] Exif(byte orientation, bool isLittleEndian = false) => isLittleEndian
        ? [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
        : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];

    private static byte[] Short(int value) => [(byte)value, (byte)(value >> 8)];

    private static byte[] Frame(int width, int height, byte[] data) =>
        [0x2C, 0, 0, 0, 0, .. Short(width), .. Short(height), 0, 7, .. data.Chunk(255).SelectMany(block => block.Prepend((byte)block.Length)), 0];

    // LZW with codes of eight bits, of which a clear code (128) before the dictionary needs nine makes plain bytes; 129 ends.
    private static byte[] Uncompressed(int pixels, byte index) =>
        [.. Enumerable.Range(0, pixels).SelectMany(i => i % 100 == 0 ? new byte[] { 128, index } : [index]), 129];
}
