using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>
/// What was measured of pictures, on disk: a line that says what is measured, then a row of float32 for each picture. Rows are appended
/// batch by batch; half a row at the end, which a process left that died, is cut off when the file is opened again.
/// </summary>
internal sealed class MeasurementFile : IDisposable
{
    private readonly FileStream stream;
    private readonly int headerBytes;

    private MeasurementFile(FileStream stream, int headerBytes, int width)
    {
        this.stream = stream;
        this.headerBytes = headerBytes;
        Width = width;
        Count = (int)((stream.Length - headerBytes) / RowBytes);
        stream.SetLength(headerBytes + ((long)Count * RowBytes));
    }

    /// <summary>Numbers in a row.</summary>
    public int Width { get; }

    /// <summary>Rows so far.</summary>
    public int Count { get; private set; }

    private int RowBytes => Width * sizeof(float);

    /// <summary>Opens a file to go on with, or begins one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="subject">What is measured, in one line.</param>
    /// <param name="width">Numbers in a row.</param>
    /// <exception cref="EvaluationException">The file is of another measurement, or can't be opened.</exception>
    public static MeasurementFile Open(string path, string subject, int width)
    {
        var header = Encoding.UTF8.GetBytes($"{subject}; {width} numbers a picture\n");
        try
        {
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            Begin(stream, header);
            return new MeasurementFile(stream, header.Length, width);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationException($"{path} can't be opened: {error.Message}", error);
        }
    }

    /// <summary>Adds rows, and waits until the system has them.</summary>
    /// <param name="rows">[B, Width], float32 on the CPU.</param>
    public void Append(Tensor rows)
    {
        using var scope = NewDisposeScope();
        stream.Position = headerBytes + ((long)Count * RowBytes);
        stream.Write(rows.contiguous().bytes);
        stream.Flush();
        Count += (int)rows.shape[0];
    }

    /// <summary>Neighbouring columns of the first rows.</summary>
    /// <returns>[rows, columns], float32.</returns>
    public Tensor Columns(int rows, int first, int columns)
    {
        var values = GC.AllocateUninitializedArray<float>(checked(rows * columns));
        var row = new float[Width];
        stream.Position = headerBytes;
        for (var i = 0; i < rows; i++)
        {
            stream.ReadExactly(MemoryMarshal.AsBytes(row.AsSpan()));
            row.AsSpan(first, columns).CopyTo(values.AsSpan(i * columns));
        }

        return tensor(values, [rows, columns]);
    }

    public void Dispose() => stream.Dispose();

    // A file that is shorter than its header was left by a process that died while it began it.
    private static void Begin(FileStream stream, byte[] header)
    {
        if (stream.Length < header.Length)
        {
            stream.SetLength(0);
            stream.Write(header);
            return;
        }

        var found = new byte[header.Length];
        stream.ReadExactly(found);
        if (!found.AsSpan().SequenceEqual(header))
        {
            var path = stream.Name;
            stream.Dispose();
            throw new EvaluationException($"{Path.GetFileName(path)} was begun with another measurement or other settings. Delete {path}, or name another folder to work in.");
        }
    }
}
