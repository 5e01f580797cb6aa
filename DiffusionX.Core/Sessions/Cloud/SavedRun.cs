using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;

namespace DiffusionX.Sessions.Cloud;

/// <summary>A refinement that is past its half, for another process to go on with.</summary>
/// <param name="Strength">How much noise was put on the draft.</param>
/// <param name="Denoising">Where its run is.</param>
internal sealed record SavedRun(double Strength, SavedDenoising Denoising)
{
    private const int Version = 1;
    private const int MaxValues = 1 << 24;
    private const int MaxMemory = 8;

    /// <summary>In bytes, little endian.</summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Version);
        writer.Write(Strength);
        writer.Write(Denoising.NextStep);
        writer.Write(Denoising.StepsRun);
        writer.Write(Denoising.Memory.Count);
        Write(writer, Denoising.Latent);
        foreach (var (output, lambda) in Denoising.Memory)
        {
            writer.Write(lambda);
            Write(writer, output);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads it back; null for what can't be read, or is of another version.</summary>
    public static SavedRun? Read(byte[] bytes)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes));
            return reader.ReadInt32() == Version ? Read(reader) : null;
        }
        catch (Exception error) when (error is IOException or ArgumentException)
        {
            return null;
        }
    }

    private static SavedRun? Read(BinaryReader reader)
    {
        var (strength, next, stepsRun, count) = (reader.ReadDouble(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        if (!(strength >= 0 && strength <= 1) || stepsRun < 0 || count is < 0 or > MaxMemory)
        {
            return null;
        }

        var latent = ReadLatent(reader);
        var memory = Enumerable.Range(0, count).Select(_ => (Lambda: reader.ReadDouble(), Output: ReadLatent(reader))).Select(each => (each.Output, each.Lambda));
        return new SavedRun(strength, new SavedDenoising(next, stepsRun, latent, [.. memory]));
    }

    private static void Write(BinaryWriter writer, Latent latent)
    {
        writer.Write(latent.Channels);
        writer.Write(latent.Height);
        writer.Write(latent.Width);
        foreach (var value in latent.Values)
        {
            writer.Write(value);
        }
    }

    private static Latent ReadLatent(BinaryReader reader)
    {
        var (channels, height, width) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        var count = (Int128)channels * height * width;
        if (channels < 1 || height < 1 || width < 1 || count > MaxValues || count * sizeof(float) > reader.BaseStream.Length)
        {
            throw new InvalidDataException("A saved latent has no size that it can have.");
        }

        var values = new float[(int)count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = reader.ReadSingle();
        }

        return new Latent(values, channels, height, width);
    }
}
