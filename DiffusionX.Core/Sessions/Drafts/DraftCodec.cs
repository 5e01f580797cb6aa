using System.Buffers.Binary;
using DiffusionX.Imaging;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Drafts;

/// <summary>Drafts into bytes and back. What is read comes from somebody else, and is believed only as far as it was checked.</summary>
internal static class DraftCodec
{
    private const int PictureChannels = 3;
    private const int LargestByte = 127;

    /// <summary>Whether an encoding holds a latent, which both ends need the same VAE for.</summary>
    public static bool IsLatent(DraftEncoding encoding) => encoding is DraftEncoding.Float16Latent or DraftEncoding.Latent8;

    /// <summary>How many bytes a latent takes.</summary>
    public static long LatentBytes(DraftEncoding encoding, long channels, long height, long width) =>
        encoding == DraftEncoding.Float16Latent ? 2 * channels * height * width : channels * (sizeof(float) + (height * width));

    public static DraftPayload Encode(Latent latent, DraftEncoding encoding)
    {
        var bytes = new byte[LatentBytes(encoding, latent.Channels, latent.Height, latent.Width)];
        if (encoding == DraftEncoding.Float16Latent)
        {
            WriteHalves(latent.Values, bytes);
        }
        else
        {
            WriteBytes(latent, bytes);
        }

        return new DraftPayload { Encoding = encoding, Channels = latent.Channels, Height = latent.Height, Width = latent.Width, Bytes = bytes };
    }

    public static DraftPayload Encode(Picture picture, DraftEncoding encoding, int quality)
    {
        var format = encoding.ToFormat() ?? throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "Not the encoding of a picture.");
        return new DraftPayload
        {
            Encoding = encoding,
            Channels = PictureChannels,
            Height = picture.Height,
            Width = picture.Width,
            Bytes = picture.Encode(format, quality),
        };
    }

    /// <summary>Reads a latent whose sizes were checked.</summary>
    /// <exception cref="SessionException">It holds something that is no number.</exception>
    public static Latent DecodeLatent(DraftPayload draft)
    {
        var values = new float[draft.Channels * draft.Height * draft.Width];
        if (draft.Encoding == DraftEncoding.Float16Latent)
        {
            ReadHalves(draft.Bytes, values);
        }
        else
        {
            ReadBytes(draft, values);
        }

        return Array.TrueForAll(values, float.IsFinite)
            ? new Latent(values, draft.Channels, draft.Height, draft.Width)
            : throw new SessionException("The draft's latent holds something that is no number. Draw the draft again.");
    }

    private static void WriteHalves(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes[(2 * i)..], (Half)values[i]);
        }
    }

    private static void ReadHalves(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
        }
    }

    // For each channel its scale in float32, then a signed byte for each position.
    private static void WriteBytes(Latent latent, Span<byte> bytes)
    {
        var positions = latent.Height * latent.Width;
        for (var channel = 0; channel < latent.Channels; channel++)
        {
            var values = latent.Values.Slice(channel * positions, positions);
            var target = bytes.Slice(channel * (sizeof(float) + positions), sizeof(float) + positions);
            var scale = Scale(values);
            BinaryPrimitives.WriteSingleLittleEndian(target, scale);
            for (var i = 0; i < positions; i++)
            {
                target[sizeof(float) + i] = unchecked((byte)(sbyte)Math.Clamp(MathF.Round(values[i] / scale), -LargestByte, LargestByte));
            }
        }
    }

    private static float Scale(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest > 0 ? largest / LargestByte : 1;
    }

    private static void ReadBytes(DraftPayload draft, Span<float> values)
    {
        var positions = draft.Height * draft.Width;
        for (var channel = 0; channel < draft.Channels; channel++)
        {
            var source = draft.Bytes.AsSpan(channel * (sizeof(float) + positions), sizeof(float) + positions);
            var scale = BinaryPrimitives.ReadSingleLittleEndian(source);
            for (var i = 0; i < positions; i++)
            {
                values[(channel * positions) + i] = unchecked((sbyte)source[sizeof(float) + i]) * scale;
            }
        }
    }
}
